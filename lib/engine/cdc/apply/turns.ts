/** Gives one piece of work after the other its turn: a session serves one at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Result of `work`, which begins when all that came before has ended, well or not. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
