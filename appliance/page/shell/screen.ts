/** The terminal's screen: xterm.js in the page's colours. Large, so it is loaded when a terminal is opened. */
import { FitAddon } from '@xterm/addon-fit';
import { type ITheme, Terminal } from '@xterm/xterm';
import type { Size } from '../../shell/protocol.ts';
import { copyText } from '../copy.ts';
import { allowMadeStyles } from './styles.ts';

export interface ScreenOptions {
  keys(typed: string): void;
  resized(size: Size): void;
  /** Bytes that are shown now. */
  showed(bytes: number): void;
}

export interface Screen {
  write(bytes: Uint8Array): void;
  reset(): void;
  /** Fills its place; call when that changed. */
  fit(): void;
  focus(): void;
  size(): Size;
  /** Everything that is kept, as plain text. */
  text(): string;
  /** Puts text in as if it were typed, the way programs know a paste. */
  paste(text: string): void;
  /** What an arrow key sends now: programs choose between two ways. */
  arrow(letter: 'A' | 'B' | 'C' | 'D'): string;
  close(): void;
}

/** Lines kept to scroll back. */
const scrollback = 2000;

/** Sixteen colours that can be read on the page's ground: contrast 4.5 and more, "black" and "white" aside. */
const darkColours = ['#2a3034', '#ff8a80', '#5fd6b4', '#e6c36a', '#82b1ff', '#d8a0f0', '#6fd3e8', '#d3dad8'];
const darkBright = ['#7f8b90', '#ffb4ac', '#8ff0d2', '#ffe08a', '#adc9ff', '#ebc4ff', '#a3ecfb', '#ffffff'];
const lightColours = ['#141817', '#b3261e', '#007560', '#7a5b00', '#1f5fbf', '#8a3ba8', '#006a80', '#57615e'];
const lightBright = ['#57615e', '#c4382f', '#00806a', '#856400', '#2f6fd0', '#9a4bb8', '#007891', '#2f3735'];
const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** Makes a screen that fills `place`. */
export function createScreen(place: HTMLElement, { keys, resized, showed }: ScreenOptions): Screen {
  const look = getComputedStyle(document.documentElement);
  const terminal = new Terminal({
    fontFamily: look.getPropertyValue('--perch-mono').trim(),
    fontSize: 13,
    lineHeight: 1.15,
    scrollback,
    // Programs choose colours for another ground than the page's.
    minimumContrastRatio: 4.5,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    theme: themeNow(),
  });
  const fitting = new FitAddon();
  terminal.loadAddon(fitting);
  allowMadeStyles();
  terminal.open(place);
  terminal.onData(keys);
  terminal.onResize(({ cols, rows }) => resized({ cols, rows }));
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown' || !event.ctrlKey || event.altKey) return true;
    // The browser pastes; Ctrl-V alone would only be a strange letter to the shell.
    if (event.key.toLowerCase() === 'v') return false;
    if (event.shiftKey && event.key.toLowerCase() === 'c') {
      event.preventDefault();
      void copyText(terminal.getSelection()).then(() => terminal.focus());
      return false;
    }
    return true;
  });

  const paint = () => {
    terminal.options.theme = themeNow();
  };
  const system = matchMedia('(prefers-color-scheme: light)');
  system.addEventListener('change', paint);
  const chosen = new MutationObserver(paint);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const fill = () => {
    // Hidden: there is no place to fill, and a size of nothing would tear the program's screen.
    if (place.clientWidth > 0 && place.clientHeight > 0) fitting.fit();
  };
  const room = new ResizeObserver(fill);
  room.observe(place);
  fill();

  return {
    write: (bytes) => terminal.write(bytes, () => showed(bytes.length)),
    reset: () => terminal.reset(),
    fit: fill,
    focus: () => terminal.focus(),
    size: () => ({ cols: terminal.cols, rows: terminal.rows }),
    text: () => {
      const { active } = terminal.buffer;
      const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? '');
      return lines.join('\n').trimEnd();
    },
    paste: (text) => terminal.paste(text),
    arrow: (letter) => `\u001b${terminal.modes.applicationCursorKeysMode ? 'O' : '['}${letter}`,
    close: () => {
      room.disconnect();
      chosen.disconnect();
      system.removeEventListener('change', paint);
      terminal.dispose();
    },
  };
}

function themeNow(): ITheme {
  const look = getComputedStyle(document.documentElement);
  const colour = (name: string) => look.getPropertyValue(name).trim();
  const dark = look.colorScheme !== 'light';
  const [plain, bright] = dark ? [darkColours, darkBright] : [lightColours, lightBright];
  const named = names.flatMap((name, at) => [
    [name, plain[at]],
    [`bright${name[0]?.toUpperCase()}${name.slice(1)}`, bright[at]],
  ]);
  return {
    ...Object.fromEntries(named),
    background: colour('--perch-ground'),
    foreground: colour('--perch-ink'),
    cursor: colour('--perch-accent'),
    cursorAccent: colour('--perch-ground'),
    selectionBackground: dark ? '#2f5a50' : '#b5ded4',
    scrollbarSliderBackground: colour('--perch-track'),
    scrollbarSliderHoverBackground: colour('--perch-edge'),
    scrollbarSliderActiveBackground: colour('--perch-edge'),
  };
}
