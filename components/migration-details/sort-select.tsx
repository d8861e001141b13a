"use client";

import { Button } from "@/components/ui/button";
import { DropdownMenu, MenuChoice } from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { nextOrder, OFFLINE_SORTS, ONLINE_SORTS, SORT_LABELS } from "./table-order";
import type { TableOrder } from "./use-table-pages";

interface SortSelectProps {
  order: TableOrder | null;
  online: boolean;
  onOrder: (order: TableOrder | null) => void;
}

const NEEDS_A_LOOK = "Errors first";

/** The order of the tables where there are no column headings to click, or none for the sum of all changes. */
export function SortSelect({ order, online, onOrder }: SortSelectProps) {
  const sorts = online ? ONLINE_SORTS : OFFLINE_SORTS;
  return (
    <div className={online ? undefined : "lg:hidden"}>
      <DropdownMenu
        trigger={
          <Button className="font-normal text-muted">
            Sort:{" "}
            <span className="font-medium text-fg">
              {order === null ? NEEDS_A_LOOK : SORT_LABELS[order.by]}
            </span>
            <Icon name="down" size={14} />
          </Button>
        }
      >
        <MenuChoice
          value={order?.by ?? ""}
          onValueChange={(value) => {
            const by = sorts.find((name) => name === value);
            onOrder(by ? nextOrder(null, by) : null);
          }}
          options={[
            { value: "", label: NEEDS_A_LOOK },
            ...sorts.map((value) => ({ value, label: SORT_LABELS[value] })),
          ]}
        />
      </DropdownMenu>
    </div>
  );
}
