/** What a player says of a character, as a form holds it. Pure. */
import type { ChangeMine, Mine } from '../api/types';

const ROLES: Record<string, string> = { tank: 'Tank', healer: 'Healer', damage: 'Damage' };

export const ROLE_CHOICES: { value: string; label: string }[] = [
  { value: '', label: 'Not said' },
  ...Object.entries(ROLES).map(([value, label]) => ({ value, label })),
];

export function roleName(role: string): string {
  return ROLES[role] ?? role;
}

export interface MineDraft {
  displayName: string;
  role: string;
  note: string;
  isHidden: boolean;
}

export function mineDraft(mine: Mine | null | undefined): MineDraft {
  return {
    displayName: mine?.displayName ?? '',
    role: mine?.role ?? '',
    note: mine?.note ?? '',
    isHidden: mine?.isHidden ?? false,
  };
}

/** Return what is to be changed: only what is different; what was emptied goes back to what Battle.net says. */
export function mineChange(from: MineDraft, to: MineDraft): ChangeMine {
  const change: ChangeMine = {};
  const text = (value: string): string | null => value.trim() || null;
  if (text(to.displayName) !== text(from.displayName)) change.displayName = text(to.displayName);
  if (text(to.note) !== text(from.note)) change.note = text(to.note);
  if (to.role !== from.role) change.role = (to.role || null) as NonNullable<ChangeMine['role']> | null;
  if (to.isHidden !== from.isHidden) change.isHidden = to.isHidden;
  return change;
}
