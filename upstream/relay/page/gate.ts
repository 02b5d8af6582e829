/** The screens before the fleet: choosing the first admin's password, and logging in. */
import { registerGateForm } from '../../../appliance/page/gate-form.ts';
import { api } from './api.ts';
import { enter, state } from './state.ts';

/** Registers the component. */
export function registerGate(): void {
  registerGateForm({ state, where: () => location.hostname, claim: api.claim, logIn: api.logIn, enter });
}
