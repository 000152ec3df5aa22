import { expect, it } from 'vitest';

import { refusedSignIn } from '../src/signIn/refused';

it('says why a sign-in failed, and nothing when none did', () => {
  expect(refusedSignIn('')).toBeNull();
  expect(refusedSignIn('?signIn=sign_in_declined')).toBe('You did not allow this site to see your characters.');
});

it('never shows what stands in the address itself', () => {
  expect(refusedSignIn('?signIn=call+0900')).toBe('The sign-in with Battle.net did not finish. Please start it again.');
});
