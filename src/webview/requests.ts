import type { EmptyState, FromRequests, RequestsTexts, ToRequests } from '../panel/messages.ts';
import { element } from './element.ts';
import { RequestTable } from './requestTable.ts';
import { onWindowMessage, postToWindow, readState, writeState } from './vscodeApi.ts';

/**
 * How long the page waits after a change of the filter before screen readers announce the number of matches, in
 * milliseconds. Each change starts the wait again, so that screen readers do not speak after each typed character.
 */
const ANNOUNCE_MS = 600;

const post = (message: FromRequests): void => postToWindow(message);

/**
 * The page of the Requests view: a filter box and the table. If the table has no rows, the page shows a message
 * instead.
 */
class RequestsPage {
  readonly #texts: RequestsTexts;
  readonly #table: RequestTable;
  readonly #filter: HTMLInputElement;
  readonly #count = element('span', { class: 'count' });
  readonly #announced = element('span', { class: 'announced', role: 'status' });
  readonly #empty = element('div', { class: 'empty' });
  #emptyState: EmptyState = { text: '' };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(texts: RequestsTexts) {
    this.#texts = texts;
    this.#table = new RequestTable(texts, {
      onOpen: (id, isPinned) => post({ type: 'open', id, isPinned }),
      onFollowing: (isFollowing) => post({ type: 'following', isFollowing }),
    });
    this.#filter = element('input', {
      type: 'text',
      class: 'filter',
      'aria-label': texts.filterName,
      placeholder: texts.filterPlaceholder,
      spellcheck: 'false',
      autocomplete: 'off',
    });
    this.#filter.value = readState();
    this.#filter.addEventListener('input', () => this.#onFilter());
    this.#filter.addEventListener('keydown', (event) => this.#onFilterKey(event));
    const bar = element('div', { class: 'bar' });
    bar.append(this.#filter, this.#count, this.#announced);
    document.body.replaceChildren(bar, this.#table.root, this.#empty);
    document.addEventListener('keydown', (event) => this.#onKey(event));
    this.#table.filter(this.#filter.value);
  }

  receive(message: ToRequests): void {
    switch (message.type) {
      case 'show':
        this.#table.clear();
        this.#emptyState = message.empty;
        this.#table.follow(message.isFollowing);
        this.#table.put(message.rows);
        break;
      case 'rows':
        this.#table.put(message.rows);
        break;
      case 'clear':
        this.#table.clear();
        break;
      case 'empty':
        this.#emptyState = message.empty;
        break;
      case 'follow':
        this.#table.follow(message.isFollowing);
        break;
    }
    this.#update();
  }

  #onFilter(): void {
    writeState(this.#filter.value);
    this.#table.filter(this.#filter.value);
    this.#update();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#announced.textContent = this.#countText();
    }, ANNOUNCE_MS);
  }

  #onFilterKey(event: KeyboardEvent): void {
    // Ignores keys while an input method composes a character, such as a Chinese one. Enter then accepts the character.
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      this.#table.focus();
    } else if (event.key === 'Escape' && this.#filter.value !== '') {
      this.#filter.value = '';
      this.#onFilter();
    }
  }

  #onKey(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'f') {
      event.preventDefault();
      this.#focusFilter();
    }
  }

  #focusFilter(): void {
    this.#filter.focus();
    this.#filter.select();
  }

  #countText(): string {
    const { matching, total } = this.#table.rows;
    return this.#texts.matching.replace('{count}', String(matching.length)).replace('{total}', String(total));
  }

  #update(): void {
    const { matching, total } = this.#table.rows;
    const isEmpty = matching.length === 0;
    this.#count.textContent = this.#filter.value === '' ? '' : this.#countText();
    document.body.classList.toggle('isEmpty', isEmpty);
    if (!isEmpty) {
      this.#empty.replaceChildren();
      return;
    }
    const { text, button } = total > 0 ? { text: this.#texts.noMatch, button: undefined } : this.#emptyState;
    const parts: HTMLElement[] = [element('p', {}, text)];
    if (button !== undefined) {
      const clickable = element('button', { type: 'button' }, button);
      clickable.addEventListener('click', () => post({ type: 'button' }));
      parts.push(clickable);
    }
    // Replaces the elements only if the message has changed. Otherwise, the button would lose the focus.
    if (this.#empty.textContent !== parts.map((part) => part.textContent).join('')) {
      this.#empty.replaceChildren(...parts);
    }
  }
}

let page: RequestsPage | undefined;
onWindowMessage<ToRequests>((message) => {
  if (message.type === 'show') page ??= new RequestsPage(message.texts);
  page?.receive(message);
});
post({ type: 'ready' });
