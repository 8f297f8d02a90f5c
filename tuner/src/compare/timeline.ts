/** Something that happens at a time; at equal times the lower rank goes first, then the lower tie. */
export interface Moment<Event> {
  readonly atMs: number;
  readonly rank: number;
  readonly tie: number;
  readonly event: Event;
}

function isBefore<Event>(one: Moment<Event>, other: Moment<Event>): boolean {
  if (one.atMs !== other.atMs) return one.atMs < other.atMs;
  if (one.rank !== other.rank) return one.rank < other.rank;
  return one.tie < other.tie;
}

export interface Timeline<Event> {
  add(moment: Moment<Event>): void;
  /** Earliest first, until nothing is left; moments may be added meanwhile. */
  drain(): Generator<Moment<Event>>;
}

/** A queue of moments in a binary heap. */
export function createTimeline<Event>(): Timeline<Event> {
  const heap: Moment<Event>[] = [];
  function swap(one: number, other: number): void {
    const held = heap[one] as Moment<Event>;
    heap[one] = heap[other] as Moment<Event>;
    heap[other] = held;
  }
  function isAhead(one: number, other: number): boolean {
    return isBefore(heap[one] as Moment<Event>, heap[other] as Moment<Event>);
  }
  function rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isAhead(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  }
  function sink(): void {
    let at = 0;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isAhead(child, first)) first = child;
      }
      if (first === at) return;
      swap(at, first);
      at = first;
    }
  }
  return {
    add(moment) {
      heap.push(moment);
      rise(heap.length - 1);
    },
    *drain() {
      for (;;) {
        const [first] = heap;
        if (first === undefined) return;
        swap(0, heap.length - 1);
        heap.pop();
        sink();
        yield first;
      }
    },
  };
}
