/** A made-up group of characters, and what a player says of one. */
import type { Group, Mine } from '../api/types';
import { CLASSES, minutesAgo } from './fixtures';

export const MEMBERS = CLASSES.slice(0, 4).map((one, index) => ({
  ...one,
  gameVersion: index === 1 ? 'classic_era' : 'retail',
  region: index === 2 ? 'us' : 'eu',
}));

export const GROUP: Group = {
  id: 'group',
  name: 'Main and alts',
  main: MEMBERS[1]!.id,
  members: MEMBERS.slice(0, 3).map(({ id }) => id),
  createdAt: minutesAgo(9000),
  updatedAt: minutesAgo(90),
};

export const SAID: Mine = {
  displayName: 'Wall of Blanchy',
  note: 'Needs two more pieces of tier.',
  role: 'tank',
  isHidden: false,
  updatedAt: minutesAgo(90),
};
