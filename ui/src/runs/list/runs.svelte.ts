// The list of runs as state: live at its newer end, fetched in pages at its older one.

import { ApiFailure } from '../../api/failure';
import { type Feed, feed } from '../../api/live';
import type { RunInfo } from '../../api/types';
import { olderRuns } from '../calls';
import { type Filter, NO_RUNS, type Pool, changed, filterOf, listed, withOlder } from './list';

const PAGE = 100;

export class RunList {
  filter = $state<Filter>('all');
  text = $state('');
  /** The runs that are marked, by id. */
  marked = $state.raw<ReadonlySet<string>>(new Set());
  pool = $state.raw<Pool>(NO_RUNS);
  olderFailure = $state.raw<ApiFailure>();
  isLoading = $state(false);
  /** How far down each filter has been asked for: an id, "" at the end. */
  #asked = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Whether the first item came. */
  readonly feed: Feed<true>;

  constructor() {
    this.feed = feed('runs.changes', {}, (_, item): true => {
      if (item.whole) this.#asked = new Map();
      this.pool = changed(this.pool, item);
      if (item.removed.length > 0) this.marked = new Set([...this.marked].filter((id) => this.pool.byId.has(id)));
      return true;
    });
  }

  readonly rows: RunInfo[] = $derived(listed(this.pool, this.filter, this.text));
  readonly markedRuns: RunInfo[] = $derived([...this.marked].flatMap((id) => this.pool.byId.get(id) ?? []));

  get #question(): string {
    return `${this.filter} ${this.text.trim()}`;
  }

  get #isNarrow(): boolean {
    return this.filter !== 'all' || this.text.trim() !== '';
  }

  /** Whether there may be older ones that the filter leaves. */
  get hasOlder(): boolean {
    const downTo = this.pool.downTo;
    return downTo !== '' && (!this.#isNarrow || this.#asked.get(this.#question) !== '');
  }

  /** Asks for the next older ones. */
  async loadOlder(): Promise<void> {
    if (this.isLoading || !this.hasOlder || this.feed.value === undefined) return;
    this.isLoading = true;
    this.olderFailure = undefined;
    const [question, isNarrow, text] = [this.#question, this.#isNarrow, this.text.trim()];
    const before = isNarrow ? (this.#asked.get(question) ?? this.pool.downTo) : this.pool.downTo;
    try {
      const runs = await olderRuns({ limit: PAGE, before, state: filterOf(this.filter).state, text });
      const isLast = runs.length < PAGE;
      this.pool = withOlder(this.pool, runs, !isNarrow, isLast);
      this.#asked = new Map(this.#asked).set(question, isLast ? '' : (runs.at(-1)?.run ?? ''));
    } catch (thrown) {
      this.olderFailure = ApiFailure.of(thrown);
    } finally {
      this.isLoading = false;
    }
  }
}
