/** Requests of a page to its server, and what is said when they fail. */

/** A refusal of the server, or no answer at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What went wrong, for people. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export interface Requests {
  /** Who is asked, as a sentence begins: "The camera". */
  readonly server: string;
  /** The sentence when there is no answer. */
  readonly unreachable: string;
}

/** `request` of one server, and `whenLoggedOut`, which sets who hears that the login has ended. */
export function makeRequests({ server, unreachable }: Requests) {
  let onLoggedOut: (() => void) | undefined;

  /**
   * One request; the answer's JSON, or undefined where there is none.
   * @throws ApiError with a sentence
   */
  async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new ApiError(0, 'unreachable', unreachable);
    }
    const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
    if (response.ok) return answer as T;
    const told = answer as { error?: { code?: string; message?: string }; message?: string } | undefined;
    const code = told?.error?.code ?? 'internal';
    // A device's own refusal, which a relay passes on, comes as its status.
    const message =
      told?.error?.message ?? told?.message ?? `${server} answered ${response.status} without saying why.`;
    if (response.status === 401 && code === 'not_logged_in') onLoggedOut?.();
    throw new ApiError(response.status, code, message);
  }

  const whenLoggedOut = (listener: () => void): void => {
    onLoggedOut = listener;
  };
  return { request, whenLoggedOut };
}
