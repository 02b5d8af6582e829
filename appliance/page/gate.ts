/** The screens before the camera: choosing the first password, and logging in. */
import { api } from './api.ts';
import { registerGateForm } from './gate-form.ts';
import { enter, state } from './state.ts';

/** Registers the component. */
export function registerGate(): void {
  registerGateForm({
    state,
    // The device's name, or what is in the address bar.
    where: () => state.device || location.hostname,
    claim: api.claim,
    logIn: (_name, password) => api.logIn(password),
    enter,
  });
}
