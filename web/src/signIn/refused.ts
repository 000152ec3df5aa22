/** What the service says of a sign-in that did not finish, as it stands in the address it sends the player back to. */

const WORDS: Record<string, string> = {
  sign_in_declined: 'You did not allow this site to see your characters.',
  sign_in_failed: 'The sign-in with Battle.net did not finish. Please start it again.',
  battle_net_unavailable: 'Battle.net cannot be reached right now. Please try again in a moment.',
  battle_net_credentials_refused: 'Battle.net refuses this site. The people who run it have to put that right.',
};

/** Return why the last sign-in failed; null when none did. */
export function refusedSignIn(search: string = window.location.search): string | null {
  const code = new URLSearchParams(search).get('signIn');
  return code === null ? null : (WORDS[code] ?? WORDS.sign_in_failed!);
}
