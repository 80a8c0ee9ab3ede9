import { COLUMNS, type RequestRow, type RequestsTexts } from '../panel/messages.ts';
import { RequestRows } from '../panel/requestRows.ts';
import { movedTo, rowWindow } from '../panel/rowWindow.ts';
import { element } from './element.ts';

/** The height of a row in pixels, as in VS Code's own lists. `requests.css` must have the same value. */
const ROW_HEIGHT = 22;
/**
 * If at most this many pixels are left below the visible part, the table counts as scrolled to its end. Then the table
 * scrolls by itself when new rows arrive.
 */
const END_MARGIN = 4;

export interface TableEvents {
  /**
   * Called when the user opens a request.
   * @param isPinned true for an editor that stays open, false for a preview
   */
  readonly onOpen: (id: number, isPinned: boolean) => void;
  readonly onFollowing: (isFollowing: boolean) => void;
}

/**
 * The table of requests. Only the rows near the visible part and the active row have HTML elements. The table itself
 * has the focus, because a row loses its element when the user scrolls, and the focus would be lost with it. The
 * attribute `aria-activedescendant` tells screen readers which row is active.
 */
export class RequestTable {
  readonly rows = new RequestRows();
  readonly root: HTMLElement;
  readonly #body = element('div', { class: 'body', role: 'rowgroup' });
  readonly #elements = new Map<number, { readonly row: RequestRow; readonly line: HTMLElement }>();
  readonly #events: TableEvents;
  readonly #recorded: string;
  #active: number | undefined;
  #isFollowing = true;
  #frame: number | undefined;

  constructor(texts: RequestsTexts, events: TableEvents) {
    this.#events = events;
    this.#recorded = texts.recorded;
    this.root = element('div', {
      class: 'grid',
      role: 'grid',
      tabindex: '0',
      'aria-label': texts.table,
      'aria-readonly': 'true',
      'aria-colcount': String(COLUMNS.length),
    });
    this.root.append(createHead(texts), this.#body);
    this.root.addEventListener('keydown', (event) => this.#onKey(event));
    this.root.addEventListener('scroll', () => this.#onScroll());
    this.root.addEventListener('contextmenu', (event) => this.#onContextMenu(event));
    this.#body.addEventListener('click', (event) => this.#onClick(event, event.detail > 1));
    new ResizeObserver(() => this.#schedule()).observe(this.root);
  }

  put(rows: readonly RequestRow[]): void {
    const left = this.rows.put(rows);
    if (left > 0 && !this.#isFollowing) this.root.scrollTop -= left * ROW_HEIGHT;
    this.#schedule();
  }

  clear(): void {
    this.rows.clear();
    this.#active = undefined;
    this.#schedule();
  }

  filter(text: string): void {
    this.rows.setFilter(text);
    this.#schedule();
  }

  follow(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    this.#schedule();
  }

  /** Focuses the table. If no row is active, makes the last row active. */
  focus(): void {
    this.root.focus();
    const { matching } = this.rows;
    if (this.rows.indexOf(this.#active) < 0) this.#activate(matching[matching.length - 1]?.id);
  }

  /** Renders the table in the next animation frame. All changes until then cause only one rendering. */
  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#render();
    });
  }

  #render(): void {
    const { matching } = this.rows;
    this.#body.style.height = `${matching.length * ROW_HEIGHT}px`;
    this.root.setAttribute('aria-rowcount', String(matching.length + 1));
    if (this.#isFollowing) this.root.scrollTop = this.root.scrollHeight;
    const { first, end } = rowWindow(
      this.root.scrollTop,
      this.root.clientHeight,
      ROW_HEIGHT,
      matching.length,
    );
    const active = this.rows.indexOf(this.#active);
    const shown = new Map(matching.slice(first, end).map((row, index) => [first + index, row]));
    const activeRow = matching[active];
    // The active row has an element even if the row is not visible, because screen readers read the element.
    if (activeRow !== undefined) shown.set(active, activeRow);
    const ids = new Set([...shown.values()].map(({ id }) => id));
    for (const [id, { line }] of this.#elements) {
      if (ids.has(id)) continue;
      line.remove();
      this.#elements.delete(id);
    }
    for (const [index, row] of shown) this.#place(row, index);
    this.#nameActive(activeRow);
  }

  #place(row: RequestRow, index: number): void {
    const known = this.#elements.get(row.id);
    const line = known?.line ?? element('div', { class: 'row', role: 'row', id: `row-${row.id}` });
    if (known?.row !== row) {
      fillRow(line, row, this.#recorded);
      this.#elements.set(row.id, { row, line });
    }
    const isActive = row.id === this.#active;
    line.style.top = `${index * ROW_HEIGHT}px`;
    line.setAttribute('aria-rowindex', String(index + 2));
    line.setAttribute('aria-selected', String(isActive));
    line.classList.toggle('active', isActive);
    if (known === undefined) this.#body.append(line);
  }

  #nameActive(row: RequestRow | undefined): void {
    if (row === undefined) {
      this.root.removeAttribute('aria-activedescendant');
      return;
    }
    this.root.setAttribute('aria-activedescendant', `row-${row.id}`);
  }

  #activate(id: number | undefined): void {
    this.#active = id;
    const index = this.rows.indexOf(id);
    if (index >= 0) this.#reveal(index);
    this.#render();
  }

  #reveal(index: number): void {
    const top = index * ROW_HEIGHT;
    const height = this.root.clientHeight - ROW_HEIGHT;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + ROW_HEIGHT > this.root.scrollTop + height) {
      this.root.scrollTop = top + ROW_HEIGHT - height;
    }
    this.#setFollowing(this.#isAtEnd());
  }

  #onScroll(): void {
    // While a render is pending, new rows may have moved the end of the list, although the user has not scrolled. So a
    // scroll event at this time does not change `isFollowing`.
    if (this.#frame === undefined) this.#setFollowing(this.#isAtEnd());
    this.#schedule();
  }

  #isAtEnd(): boolean {
    return this.root.scrollTop + this.root.clientHeight >= this.root.scrollHeight - END_MARGIN;
  }

  #setFollowing(isFollowing: boolean): void {
    if (this.#isFollowing === isFollowing) return;
    this.#isFollowing = isFollowing;
    this.#events.onFollowing(isFollowing);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { matching } = this.rows;
    const active = this.rows.indexOf(this.#active);
    const activeRow = matching[active];
    // If the filter hides the active row, `activeRow` is undefined, and Enter opens nothing.
    if (event.key === 'Enter' && activeRow !== undefined) this.#events.onOpen(activeRow.id, true);
    const pageSize = Math.floor(this.root.clientHeight / ROW_HEIGHT) - 2;
    const target = movedTo(event.key, active, matching.length, pageSize);
    if (target === undefined) return;
    event.preventDefault();
    this.#activate(matching[target]?.id);
  }

  #onClick(event: MouseEvent, isPinned: boolean): void {
    const id = idOf(event.target);
    if (id === undefined) return;
    this.#activate(id);
    this.#events.onOpen(id, isPinned);
  }

  /**
   * Opens the menu of the row at the pointer or, for the menu key, of the active row. VS Code shows the menu of the
   * element that receives the event. The menu key sends the event to the table, so this method sends the event again to
   * the active row.
   */
  #onContextMenu(event: MouseEvent): void {
    const id = idOf(event.target);
    if (id !== undefined) {
      if (id !== this.#active) this.#activate(id);
      return;
    }
    event.stopPropagation();
    event.preventDefault();
    const line = this.#active === undefined ? undefined : this.#elements.get(this.#active)?.line;
    if (line === undefined || event.button === 2) return;
    const { left, bottom } = line.getBoundingClientRect();
    line.dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left, clientY: bottom }),
    );
  }
}

function createHead(texts: RequestsTexts): HTMLElement {
  const head = element('div', { class: 'head', role: 'row', 'aria-rowindex': '1' });
  for (const column of COLUMNS) {
    head.append(element('div', { class: column, role: 'columnheader' }, texts.columns[column]));
  }
  const group = element('div', { class: 'headgroup', role: 'rowgroup' });
  group.append(head);
  return group;
}

function fillRow(line: HTMLElement, row: RequestRow, recorded: string): void {
  line.dataset['id'] = String(row.id);
  line.dataset['level'] = row.level;
  // VS Code chooses the items of the row's context menu by this value, and passes the value to the commands of the
  // menu.
  line.dataset['vscodeContext'] = JSON.stringify({
    webviewSection: 'request',
    exchange: row.id,
    isRecorded: row.isRecorded,
    preventDefaultContextMenuItems: true,
  });
  line.replaceChildren(
    ...COLUMNS.map((column, index) => {
      const cell = element(
        'div',
        { class: column, role: 'gridcell', 'aria-colindex': String(index + 1) },
        row[column],
      );
      cell.title = row[column];
      return cell;
    }),
  );
  line.classList.toggle('recorded', row.isRecorded);
  line.setAttribute(
    'aria-label',
    [...COLUMNS.map((column) => row[column]), row.isRecorded ? recorded : ''].filter(Boolean).join(', '),
  );
}

function idOf(target: EventTarget | null): number | undefined {
  const line = target instanceof Element ? target.closest<HTMLElement>('.row') : null;
  const id = line?.dataset['id'];
  return id === undefined ? undefined : Number(id);
}
