"use client";

import { Button } from "@/components/ui/button";
import { DropdownMenu, MenuChoice } from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { TABLE_SORTS } from "@/lib/migrations/read-model";
import { nextOrder, SORT_LABELS } from "./table-order";
import type { TableOrder } from "./use-table-pages";

interface SortSelectProps {
  order: TableOrder | null;
  onOrder: (order: TableOrder | null) => void;
}

const NEEDS_A_LOOK = "Errors first";

/** The order of the tables where there are no column headings to click. */
export function SortSelect({ order, onOrder }: SortSelectProps) {
  return (
    <div className="lg:hidden">
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
            const by = TABLE_SORTS.find((name) => name === value);
            onOrder(by ? nextOrder(null, by) : null);
          }}
          options={[
            { value: "", label: NEEDS_A_LOOK },
            ...TABLE_SORTS.map((value) => ({ value, label: SORT_LABELS[value] })),
          ]}
        />
      </DropdownMenu>
    </div>
  );
}
