/** Made-up questions and decisions about who is who. */
import type { IdentityDecision } from '../api/types';
import type { Identity } from '../past/knownAs';
import { character, minutesAgo } from './fixtures';

const OLDER = '00000000-0000-7000-8000-000000000001';
const NEWER = '00000000-0000-7000-8000-000000000002';

const fact = (code: string, favours: boolean, old: string | null = null, now: string | null = old): IdentityDecision['evidence'][number] => ({
  code,
  favours,
  old,
  new: now,
});

export function decision(of: Partial<IdentityDecision> = {}): IdentityDecision {
  return {
    id: '00000000-0000-7000-8000-00000000000a',
    olderId: OLDER,
    newerId: NEWER,
    kind: 'transferred',
    status: 'asked',
    isSame: null,
    confidence: 0.85,
    evidence: [
      fact('class', true, '2'),
      fact('number', false, '4711', '4812'),
      fact('name', true, 'Pallywar'),
      fact('realm', false, 'old-blanchy', 'firemaw'),
      fact('race', true, '1'),
      fact('gender', true, 'FEMALE'),
      fact('faction', true, 'ALLIANCE'),
      fact('wow_account', true, '1'),
      fact('level', true, '60'),
      fact('missing', true),
    ],
    decidedBy: null,
    createdAt: minutesAgo(6),
    decidedAt: null,
    isUndoable: false,
    ...of,
  };
}

const decided = { status: 'applied', decidedAt: minutesAgo(200), isUndoable: true } as const;

export const KNOWN = [character({ id: OLDER, missingSince: minutesAgo(6), isActive: false }), character({ id: NEWER })];

export const QUESTIONS: Record<string, IdentityDecision> = {
  'question-likely': decision(),
  'question-doubtful': decision({
    confidence: 0.45,
    evidence: [
      fact('class', true, '8'),
      fact('name', false, 'Æthelrædwyn', 'Wolfgangelica'),
      fact('realm', false, 'confrérie-du-thorium', 'marécage-de-zangar'),
      fact('race', false, '1', '7'),
      fact('level', false, '60', '20'),
      fact('achievements', false),
      fact('missing', true),
    ],
  }),
};

export const DECISIONS: IdentityDecision[] = [
  decision({ ...decided, id: '1', isSame: true, confidence: 0.97, decidedBy: 'auto' }),
  decision({ ...decided, id: '2', isSame: false, confidence: 0.99, decidedBy: 'auto', kind: 'recreated' }),
  decision({ ...decided, id: '3', isSame: false, status: 'declined', isUndoable: false, decidedBy: 'player' }),
  decision({ ...decided, id: '4', isSame: false, status: 'undone', isUndoable: false, decidedBy: 'player' }),
];

const known = { name: 'Pallywar', realm: 'Old Blanchy', faction: 'ALLIANCE', isCurrent: false };

export const IDENTITIES: Identity[] = [
  { ...known, key: '3', realm: 'Firemaw', firstSeenAt: minutesAgo(400), lastSeenAt: minutesAgo(5), isCurrent: true },
  { ...known, key: '2', firstSeenAt: minutesAgo(9_000), lastSeenAt: minutesAgo(500) },
  { ...known, key: '1', name: 'Pally', faction: 'HORDE', firstSeenAt: minutesAgo(50_000), lastSeenAt: minutesAgo(9_100) },
];
