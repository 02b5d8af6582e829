/** Why there is no connection to the relay, in a sentence that says what to do. */
import { closeCodes } from './wire.ts';

interface Told {
  readonly code?: string | undefined;
  readonly message: string;
}

/** A failed dial. `now` in ms since 1970, as this device's clock has it. */
export function dialProblem(error: Told, url: URL, now = Date.now()): string {
  const where = url.host;
  const today = new Date(now).toISOString().slice(0, 10);
  switch (error.code) {
    case 'ECONNREFUSED':
      return `Nothing answers at ${where}. Is the relay running, and is this its port?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${url.hostname} is not known here. Check relay_url and the network.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return `There is no way to ${where} now. Is the network up, and the VPN?`;
    case 'ETIMEDOUT':
      return `${where} does not answer. Is the VPN up?`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${where} ended the connection while it was being made.`;
    case 'CERT_HAS_EXPIRED':
      return `The relay's certificate has expired, by this device's clock (${today}). Renew it, or set the clock right.`;
    case 'CERT_NOT_YET_VALID':
      return `The relay's certificate is not valid yet, by this device's clock (${today}). Set the clock right.`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return "The relay's certificate is signed by nobody this device trusts. Give the authority's file as relay_ca.";
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The relay's certificate is not for ${url.hostname}. Use the name that stands in it, or have another made.`;
  }
  if (/handshake has timed out/.test(error.message)) return `${where} does not answer. Is the VPN up?`;
  if (/wrong version number|packet length too long/.test(error.message)) {
    return `${where} does not speak https. Write ws:// instead of wss:// in relay_url, or give the relay a certificate.`;
  }
  if (/alert (certificate required|handshake failure|unknown ca|bad certificate)/.test(error.message)) {
    return 'The relay wants a certificate from this device. Give relay_cert and relay_cert_key.';
  }
  return `The connection to ${where} failed: ${error.message.split('\n')[0]}.`;
}

/** The relay answered, but not with a WebSocket. `said` is the sentence it gave, if any. */
export function refusedProblem(status: number, said: string | undefined): string {
  if (said !== undefined) return `The relay refused: ${said}`;
  if (status === 401 || status === 403) {
    return 'The relay does not know this key. Register the device there and give its key as relay_key.';
  }
  if (status === 429) return 'The relay asks this device to wait: it connected too often.';
  return `What answers at relay_url is no relay (HTTP ${status}).`;
}

/** A connection that was up and ended. */
export function closeProblem(code: number, reason: string): string {
  switch (code) {
    case closeCodes.replaced:
      return `Another connection with this device's key took over. ${reason}`.trim();
    case closeCodes.revoked:
      return 'The key of this device was revoked at the relay.';
    case 1001:
      return 'The relay is restarting.';
    case 1006:
      return 'The connection broke.';
    default:
      return `The relay closed the connection${reason === '' ? ` (${code})` : `: ${reason}`}`;
  }
}
