/** A terminal in a page: the password, the screen, and the keys a phone has not. Used by the camera's page and the recovery page. */
import { copyText } from '../copy.ts';
import { ShellConnection, type ShellState } from './connection.ts';
import type { Screen } from './screen.ts';

export interface ShellView {
  /** It is seen again: fills its place, and comes back when it was away. */
  seen(): void;
}

const markup = `
  <form class="shell-ask" data-part="shell-ask" hidden>
    <h2 class="shell-title">Terminal</h2>
    <p class="quiet">A command line on the camera itself. It asks for the password again.</p>
    <input class="hidden" type="text" name="username" value="perch" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
    <label class="gate-label" for="shell-password">Password</label>
    <div class="shell-row"><input id="shell-password" class="text-input" type="password" autocomplete="current-password" required aria-describedby="shell-error">
    <button type="submit" class="button button-main" data-part="shell-open">Open</button></div>
    <p class="field-error" id="shell-error" role="alert" data-part="shell-error"></p>
    <p class="quiet" role="status" data-part="shell-said"></p>
  </form>
  <div class="shell-terminal" data-part="shell-terminal" hidden>
    <p class="shell-notice" role="status" data-part="shell-notice" hidden></p>
    <div class="shell-screen" data-part="shell-screen"></div>
    <div class="chips shell-keys" role="toolbar" aria-label="Keys" data-part="shell-keys">
      <button type="button" class="chip" data-keys="esc">Esc</button><button type="button" class="chip" data-keys="tab">Tab</button>
      <button type="button" class="chip" data-keys="ctrl" aria-pressed="false">Ctrl</button>
      <button type="button" class="chip" data-keys="left" aria-label="Left">←</button><button type="button" class="chip" data-keys="up" aria-label="Up">↑</button>
      <button type="button" class="chip" data-keys="down" aria-label="Down">↓</button><button type="button" class="chip" data-keys="right" aria-label="Right">→</button>
      <button type="button" class="chip" data-keys="|" aria-label="Pipe">|</button><button type="button" class="chip" data-keys="/" aria-label="Slash">/</button>
      <button type="button" class="chip" data-keys="-" aria-label="Dash">-</button><button type="button" class="chip" data-keys="~" aria-label="Tilde">~</button>
      <button type="button" class="chip" data-part="shell-text">Copy, paste</button>
      <button type="button" class="chip" data-part="shell-end">Close</button>
    </div>
  </div>
  <dialog class="sheet shell-sheet" data-part="shell-sheet" aria-labelledby="shell-sheet-title">
    <div class="sheet-body">
      <h2 id="shell-sheet-title">Copy and paste</h2>
      <label class="gate-label" for="shell-printed">What the terminal shows</label>
      <textarea id="shell-printed" class="text-input" readonly rows="8" spellcheck="false"></textarea>
      <label class="gate-label" for="shell-pasted">Text to type into it</label>
      <textarea id="shell-pasted" class="text-input" rows="3" autocapitalize="off" autocomplete="off" spellcheck="false"></textarea>
      <div class="button-row button-row-end">
        <button type="button" class="button" data-part="shell-sheet-close">Cancel</button>
        <button type="button" class="button" data-part="shell-copy">Copy all</button>
        <button type="button" class="button button-main" data-part="shell-paste">Type it</button>
      </div>
    </div>
  </dialog>`;

const fixed: Readonly<Record<string, string>> = { esc: '\u001b', tab: '\t' };
const arrows = { up: 'A', down: 'B', right: 'C', left: 'D' } as const;

/** Puts a terminal into `place`; it asks for the password, or comes back to the one of this tab. */
export function mountShell(place: HTMLElement): ShellView {
  place.innerHTML = markup;
  const part = <T extends HTMLElement = HTMLElement>(name: string): T => {
    const found = place.querySelector<T>(`[data-part="shell-${name}"]`);
    if (!found) throw new Error(`no part ${name}`);
    return found;
  };
  const [ask, terminal, notice, sheet] = [
    part('ask'),
    part('terminal'),
    part('notice'),
    part<HTMLDialogElement>('sheet'),
  ];
  const password = place.querySelector('#shell-password') as HTMLInputElement;
  const printed = place.querySelector('#shell-printed') as HTMLTextAreaElement;
  const pasted = place.querySelector('#shell-pasted') as HTMLTextAreaElement;
  const ctrl = place.querySelector('[data-keys="ctrl"]') as HTMLButtonElement;
  let screen: Screen | undefined;
  let holdsCtrl = false;
  let state: ShellState = 'asking';
  let said = '';

  const connection: ShellConnection = new ShellConnection(
    {
      state: (now, sentence, wrong) => {
        state = now;
        said = sentence;
        place.dataset.state = now;
        ask.hidden = now !== 'asking' && now !== 'opening';
        terminal.hidden = !ask.hidden;
        part<HTMLButtonElement>('open').disabled = now === 'opening';
        part('error').textContent = wrong ? sentence : '';
        part('said').textContent = wrong || now !== 'asking' ? '' : sentence;
        if (now === 'away') tell(sentence);
        if (now === 'open') {
          tell('');
          password.value = '';
          screen?.fit();
          screen?.focus();
        }
        if (now === 'asking') password.select();
      },
      notice: (sentence) => tell(sentence),
      output: (bytes) => screen?.write(bytes),
      reset: () => screen?.reset(),
    },
    () => screen?.size() ?? { cols: 80, rows: 24 },
  );

  function tell(sentence: string): void {
    notice.textContent = sentence;
    notice.hidden = sentence === '';
  }

  /** The letter of a key with Ctrl held is a control character: Ctrl-C is 3. */
  function typed(keys: string): void {
    const code = keys.toUpperCase().charCodeAt(0);
    const control = holdsCtrl && keys.length === 1 && code >= 0x40 && code < 0x60;
    if (holdsCtrl) setCtrl(false);
    connection.type(control ? String.fromCharCode(code - 0x40) : keys);
  }

  function setCtrl(on: boolean): void {
    holdsCtrl = on;
    ctrl.setAttribute('aria-pressed', String(on));
  }

  async function makeScreen(): Promise<void> {
    if (screen) return;
    const { createScreen } = await import('./screen.ts');
    // The place has its size only when it is seen.
    const [asks, shows] = [ask.hidden, terminal.hidden];
    ask.hidden = true;
    terminal.hidden = false;
    screen = createScreen(part('screen'), {
      keys: typed,
      resized: (size) => connection.resize(size),
      showed: (bytes) => connection.showed(bytes),
    });
    ask.hidden = asks;
    terminal.hidden = shows;
  }

  ask.addEventListener('submit', (event) => {
    event.preventDefault();
    if (state !== 'asking') return;
    void makeScreen().then(() => connection.open(password.value));
  });
  part('keys').addEventListener('pointerdown', (event) => {
    // The keyboard of a phone stays as it is.
    if (event.target instanceof HTMLButtonElement) event.preventDefault();
  });
  part('keys').addEventListener('click', ({ target }) => {
    const keys = target instanceof HTMLButtonElement ? target.dataset.keys : undefined;
    if (keys === undefined || !screen) return;
    if (keys === 'ctrl') setCtrl(!holdsCtrl);
    else if (keys in arrows) typed(screen.arrow(arrows[keys as keyof typeof arrows]));
    else typed(fixed[keys] ?? keys);
  });
  part('text').addEventListener('click', () => {
    printed.value = screen?.text() ?? '';
    sheet.showModal();
    printed.scrollTop = printed.scrollHeight;
  });
  part('copy').addEventListener('click', () => void copyText(printed.value).then((done) => done && sheet.close()));
  part('paste').addEventListener('click', () => {
    screen?.paste(pasted.value);
    pasted.value = '';
    sheet.close();
  });
  part('sheet-close').addEventListener('click', () => sheet.close());
  sheet.addEventListener('close', () => screen?.focus());
  part('end').addEventListener('click', () => connection.end());
  addEventListener('online', () => connection.hurry());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) connection.hurry();
  });

  void makeScreen().then(
    () => connection.begin(),
    () => {
      ask.hidden = false;
      part('error').textContent = 'The terminal could not be loaded. Reload the page.';
    },
  );
  return {
    seen: () => {
      screen?.fit();
      connection.hurry();
      if (state === 'open') screen?.focus();
      else if (said === '') password.focus();
    },
  };
}
