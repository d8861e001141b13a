/** Tasks shared by several workers. A worker that finds none waits as long as another one may still bring some back. */
export class TaskQueue<Task> {
  readonly #tasks: Task[];
  readonly #waiting: (() => void)[] = [];
  readonly #signal: AbortSignal;
  readonly #wakeAll = (): void => {
    for (const wake of this.#waiting.splice(0)) wake();
  };
  /** Tasks handed out and not yet settled. */
  #underWay = 0;

  constructor(tasks: readonly Task[], signal: AbortSignal) {
    this.#tasks = [...tasks];
    this.#signal = signal;
    signal.addEventListener("abort", this.#wakeAll, { once: true });
  }

  /** True when no task is left and none can come back. */
  get isDone(): boolean {
    return this.#tasks.length === 0 && this.#underWay === 0;
  }

  /** The next task, to be settled by settle(); undefined when all are settled. Throws the signal's reason when aborted. */
  async take(): Promise<Task | undefined> {
    for (;;) {
      this.#signal.throwIfAborted();
      const task = this.#tasks.shift();
      if (task !== undefined) {
        this.#underWay++;
        return task;
      }
      if (this.#underWay === 0) return undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** Ends a task that take() gave out; `again` are those it leaves to do, which come first. */
  settle(again: readonly Task[] = []): void {
    this.#tasks.unshift(...again);
    this.#underWay--;
    this.#wakeAll();
  }
}
