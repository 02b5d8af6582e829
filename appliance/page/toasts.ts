/** Short lines at the bottom of this page. */
import { announce } from './state.ts';
import { makeToasts } from './toast.ts';

export const { say, complain, registerToasts } = makeToasts(announce);
