/** Short lines at the bottom of this page. */

import { makeToasts } from '../../../appliance/page/toast.ts';
import { announce } from './state.ts';

export const { say, complain, registerToasts } = makeToasts(announce);
