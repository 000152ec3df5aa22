/** Made-up plans, changes, webhooks and what they were told. */
import type { Change, Delivery, PlannedCharacter, SyncPlan, Webhook } from '../api/types';
import { minutesAgo } from './fixtures';

function planned(name: string, of: Partial<PlannedCharacter> = {}): PlannedCharacter {
  return { battleNetId: name.length, name, realm: 'old-blanchy', level: 80, reason: 'held', fields: {}, ...of };
}

const sure = {
  kind: 'transferred',
  confidence: 0.97,
  evidence: [
    { code: 'realm', favours: false, old: 'draenor', new: 'old-blanchy' },
    { code: 'name', favours: true, old: 'Zilkesh', new: 'Zilkesh' },
  ],
};

const NOTHING: SyncPlan = {
  dryRun: true, gameVersion: 'retail', region: 'eu', create: [], update: [], reactivate: [], reidentify: [], ask: [], archive: [], withheld: [],
};

export const PLANS: Record<string, SyncPlan> = {
  'plan-everything': {
    ...NOTHING,
    create: Array.from({ length: 14 }, (_, index) => planned(`Wolfgangelica${'abcdefghijklmn'[index]}`, { battleNetId: index, reason: 'not_held' })),
    update: [planned('Pallywar', { id: '1', fields: { level: { from: 79, to: 80 }, name: { from: 'Pally', to: 'Pallywar' } } }), planned('Thornhoof')],
    reactivate: [planned('Йорик', { id: '2', reason: 'listed_again' })],
    reidentify: [{ ...planned('Zilkesh', { id: '3', reason: 'reidentified' }), ...sure }],
    ask: [{ ...planned('Æthelrædwyn', { id: '4', reason: 'not_held' }), ...sure, confidence: 0.6 }],
    archive: [planned('성기사', { id: '5', reason: 'no_longer_listed' })],
  },
  'plan-withheld': { ...NOTHING, withheld: [planned('Pallywar', { id: '1', reason: 'most_are_missing' })] },
  'plan-no-change': { ...NOTHING, update: [planned('Pallywar'), planned('Thornhoof')] },
};

const who = { id: 'gallery', name: 'Pallywar', realm: 'old-blanchy', region: 'eu', gameVersion: 'retail' };
const change = (number: number, type: Change['type'], detail: Change['detail'] = {}, of: Partial<Change> = {}): Change => ({
  number,
  type,
  at: minutesAgo(5 + 400 * (12 - number)),
  character: who,
  detail,
  ...of,
});

export const CHANGES: Change[] = [
  change(12, 'sync.finished', { kind: 'scheduled', status: 'completed', gameVersion: 'retail', region: 'eu', totalCharacters: 60, processedCharacters: 60, failedCharacters: 1, skippedCharacters: 5 }, { character: null, sessionId: '00000000-0000-7000-8000-000000000001' }),
  change(11, 'character.changed', { fields: { level: { from: 79, to: 80 }, guild: { from: null, to: 'Mithril Order' } } }),
  change(10, 'character.gear_changed'),
  change(9, 'character.talents_changed'),
  change(8, 'character.renamed', { from: 'Pally', to: 'Pallywar' }),
  change(7, 'character.transferred', { from: { realm: 'draenor' }, to: { realm: 'old-blanchy' } }),
  change(6, 'character.archived'),
  change(5, 'character.reactivated'),
  change(4, 'character.gone', {}, { character: null }),
  change(3, 'character.added'),
  change(2, 'sync.finished', { kind: 'account', status: 'cancelled', gameVersion: 'retail', region: 'eu' }, { character: null }),
];

const webhook = (id: string, of: Partial<Webhook> = {}): Webhook => ({
  id,
  url: 'https://raid-planner.example.org/hooks/character-sync',
  events: [],
  createdAt: minutesAgo(9000),
  ...of,
});

export const WEBHOOKS: Webhook[] = [
  webhook('1'),
  webhook('2', { url: 'https://bot.example.org/a-very-long-address/that-does-not-end/'.repeat(3), events: ['character.*'] }),
  webhook('3', { events: ['sync.*'], failingSince: minutesAgo(90), nextAttemptAt: minutesAgo(-20) }),
  webhook('4', { events: ['character.renamed'], pausedAt: minutesAgo(90), pausedReason: 'failing' }),
];

export const SECRET = 'whsec_bm90IGEgcmVhbCBzZWNyZXQsIGp1c3QgYSBwaWN0dXJl';

const delivery = (id: number, of: Partial<Delivery>): Delivery => ({
  id,
  number: id,
  type: 'character.changed',
  status: 'delivered',
  attempts: 1,
  createdAt: minutesAgo(30),
  attemptedAt: minutesAgo(30),
  ...of,
});

export const DELIVERIES: Delivery[] = [
  delivery(4, { status: 'waiting', attempts: 0 }),
  delivery(3, { status: 'waiting', attempts: 3, problem: 'not_reached' }),
  delivery(2, { type: 'sync.finished', answerStatus: 204, deliveredAt: minutesAgo(30) }),
  delivery(1, { status: 'given_up', attempts: 70, answerStatus: 500, problem: 'answered_otherwise' }),
];
