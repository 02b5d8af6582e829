/** The recovery page: a login, the state of the camera's service, what can be done about it, and a terminal. */
import { ApiError, makeRequests, sentenceOf } from '../../page/request.ts';
import { mountShell, type ShellView } from '../../page/shell/view.ts';
import { fitVisible } from '../../page/shell/visible.ts';
import type { RecoverySession, RecoveryState, RecoveryVerb } from '../recovery/wire.ts';
import { labels, questions } from './words.ts';

const { request, whenLoggedOut } = makeRequests({
  server: 'The device',
  unreachable: 'The device does not answer. Check that it has power and that you are on its network.',
});
/** How often the state is asked for while the page is seen, in ms. */
const lookMs = 10_000;
/** What ends the connection by being done. */
const endsItself: readonly RecoveryVerb[] = ['reboot', 'factory-reset'];

function part<T extends HTMLElement = HTMLElement>(name: string): T {
  const found = document.querySelector<T>(`[data-part="${name}"]`);
  if (!found) throw new Error(`no part ${name}`);
  return found;
}

function say(name: string, sentence: string): void {
  part(name).textContent = sentence;
  part(name).hidden = sentence === '';
}

const password = document.querySelector('#password') as HTMLInputElement;
const sure = part<HTMLDialogElement>('sure');
const surePassword = document.querySelector('#sure-password') as HTMLInputElement;
let shell: ShellView | undefined;
let asked: RecoveryVerb | undefined;
let inside = false;

/** Shows who may come in, or the page of who is in. */
function show(session: RecoverySession): void {
  inside = session.authenticated;
  part('app').hidden = !inside;
  part('gate').hidden = inside;
  part('away').hidden = true;
  part('login').hidden = !session.claimed;
  part('unclaimed').hidden = session.claimed || session.lost !== undefined;
  part('lost').hidden = session.lost === undefined;
  part('lost-reason').textContent = session.lost ?? '';
  if (!inside) {
    password.focus();
    return;
  }
  part('name').textContent = `Recovery of ${session.name}`;
  part('from-copy').hidden = session.from_copy !== true;
  password.value = '';
  void look();
}

async function askSession(): Promise<void> {
  try {
    show(await request<RecoverySession>('GET', '/api/session'));
  } catch {
    part('gate').hidden = part('app').hidden === false;
    part('away').hidden = false;
    setTimeout(() => void askSession(), lookMs / 4);
  }
}

async function look(): Promise<void> {
  if (!inside || document.hidden) return;
  try {
    const { sentence, lines, helper } = await request<RecoveryState>('GET', '/api/state');
    part('sentence').textContent = sentence;
    part('lines').textContent = lines.join('\n');
    part('words').hidden = lines.length === 0;
    part('no-helper').hidden = helper;
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-verb]')) button.disabled = !helper;
  } catch (error) {
    if (inside) part('sentence').textContent = sentenceOf(error);
  }
}

async function act(verb: RecoveryVerb, secret?: string): Promise<void> {
  say('error', '');
  part('done').textContent = `${labels[verb]}…`;
  try {
    const body = secret === undefined ? { verb } : { verb, password: secret };
    part('done').textContent = (await request<{ message: string }>('POST', '/api/do', body)).message;
  } catch (error) {
    part('done').textContent = '';
    const gone = error instanceof ApiError && error.status === 0 && endsItself.includes(verb);
    if (gone) part('done').textContent = 'It is being done. This page answers again when the device does.';
    else throw error;
  }
  void look();
}

function ask(verb: RecoveryVerb): void {
  const question = questions[verb];
  if (!question) {
    act(verb).catch((error: unknown) => say('error', sentenceOf(error)));
    return;
  }
  asked = verb;
  part('sure-title').textContent = question.title;
  part('sure-text').textContent = question.text;
  part('sure-act').textContent = labels[verb];
  part('sure-act').className = `button ${question.password ? 'button-wrong' : 'button-main'}`;
  part('sure-ask').hidden = !question.password;
  surePassword.required = question.password;
  say('sure-error', '');
  sure.showModal();
}

function go(tab: string): void {
  part('app').dataset.tab = tab;
  part('device').hidden = tab !== 'device';
  part('shell').hidden = tab !== 'shell';
  for (const button of document.querySelectorAll<HTMLElement>('.tabs [data-tab]')) {
    if (button.dataset.tab === tab) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  }
  if (tab !== 'shell') {
    void look();
    return;
  }
  fitVisible(part('shell'));
  shell ??= mountShell(part('shell'));
  requestAnimationFrame(() => shell?.seen());
}

part('login').addEventListener('submit', (event) => {
  event.preventDefault();
  const enter = part<HTMLButtonElement>('enter');
  enter.disabled = true;
  say('login-error', '');
  request<RecoverySession>('POST', '/api/session', { password: password.value })
    .then(show, (error: unknown) => {
      say('login-error', sentenceOf(error));
      password.select();
    })
    .finally(() => {
      enter.disabled = false;
    });
});
part('look-again').addEventListener('click', () => void askSession());
part('log-out').addEventListener(
  'click',
  () => void request('DELETE', '/api/session').finally(() => location.reload()),
);
part('doctor').addEventListener('click', () => {
  const button = part<HTMLButtonElement>('doctor');
  button.disabled = true;
  button.textContent = 'Examining…';
  request<{ text: string }>('POST', '/api/doctor')
    .then(
      ({ text }) => say('doctor-text', text),
      (error: unknown) => say('doctor-text', sentenceOf(error)),
    )
    .finally(() => {
      button.disabled = false;
      button.textContent = 'Examine again';
    });
});
for (const button of document.querySelectorAll<HTMLElement>('[data-verb]')) {
  button.addEventListener('click', () => ask(button.dataset.verb as RecoveryVerb));
}
for (const button of document.querySelectorAll<HTMLElement>('.tabs [data-tab]')) {
  button.addEventListener('click', () => go(button.dataset.tab ?? 'device'));
}
for (const link of document.querySelectorAll<HTMLAnchorElement>('[data-part="camera-page"]')) {
  link.href = `http://${location.hostname}/`;
}
part('sure-cancel').addEventListener('click', () => sure.close());
sure.addEventListener('close', () => {
  surePassword.value = '';
});
part('sure-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const verb = asked;
  if (verb === undefined) return;
  const button = part<HTMLButtonElement>('sure-act');
  button.disabled = true;
  act(verb, questions[verb]?.password ? surePassword.value : undefined)
    .then(
      () => sure.close(),
      (error: unknown) => say('sure-error', sentenceOf(error)),
    )
    .finally(() => {
      button.disabled = false;
    });
});
for (const event of ['resize', 'scroll'] as const) {
  visualViewport?.addEventListener(event, () => fitVisible(part('shell')));
}
document.addEventListener('visibilitychange', () => void look());
// A restart of the device, or of the program, ends the login.
whenLoggedOut(() => void (inside && askSession()));
setInterval(() => void look(), lookMs);
void askSession();
