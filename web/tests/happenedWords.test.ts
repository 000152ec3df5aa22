import { describe, expect, it } from 'vitest';

import { eventsOf, typesOf } from '../src/account/webhookEvents';
import { deliveryWords, eventsWords, webhookTrouble } from '../src/account/webhookWords';
import { days, happened, syncWords, typeName } from '../src/activity/activityWords';
import { CHANGES, DELIVERIES, WEBHOOKS } from '../src/gallery/changeFixtures';
import { identities } from '../src/past/knownAs';
import type { Observation } from '../src/api/types';

describe('what happened', () => {
  it('is said field by field', () => {
    const fields = { level: { from: 79, to: 80 }, guild: { from: null, to: 'Mithril Order' } };
    expect(happened({ type: 'character.changed', detail: { fields } })).toBe('level 79 → 80, guild none → Mithril Order');
  });

  it('says where a character went', () => {
    expect(happened({ type: 'character.transferred', detail: { from: { realm: 'draenor' }, to: { realm: 'old-blanchy' } } })).toBe(
      'went from Draenor to Old Blanchy',
    );
  });

  it('says how a sync ended', () => {
    const detail = { kind: 'scheduled', status: 'completed', gameVersion: 'retail', region: 'eu', totalCharacters: 60, processedCharacters: 60, failedCharacters: 1, skippedCharacters: 5 };
    expect(syncWords(detail, () => 'Retail')).toBe('Scheduled sync of Retail, Europe: 54 of 60 characters updated');
    expect(syncWords({ ...detail, status: 'cancelled' }, () => 'Retail')).toBe('Scheduled sync of Retail, Europe was cancelled');
  });

  it('comes day by day, in the order it has', () => {
    const found = days(CHANGES, Date.now()).flatMap(({ changes }) => changes.map(({ number }) => number));
    expect(found).toEqual(CHANGES.map(({ number }) => number));
  });

  it('of a type this page has not heard of is named by the type', () => {
    expect(typeName('character.gear_changed')).toBe('Character gear changed');
  });
});

describe('a webhook', () => {
  it('says what it is told of', () => {
    expect(eventsWords([])).toBe('Told of everything');
    expect(eventsWords(['character.*'])).toBe('Told of: characters');
  });

  it('says what is wrong with it, or nothing', () => {
    const [well, , failing, paused] = WEBHOOKS.map((one) => webhookTrouble(one, Date.now()));
    expect(well).toBeNull();
    expect(failing).toMatch(/^It has not taken what it is told since 2 h ago\. It is tried again in 20 min\.$/);
    expect(paused).toMatch(/^Paused, because it took nothing for days\./);
  });

  it('says what helps one whose secret is lost', () => {
    const lost = { ...WEBHOOKS[0]!, pausedAt: '2026-11-26T12:00:00.000Z', pausedReason: 'key_lost' as const };
    expect(webhookTrouble(lost, Date.now())).toMatch(/Give it a new one, and it goes on\.$/);
  });

  it('says how each telling went', () => {
    expect(DELIVERIES.map(deliveryWords)).toEqual([
      'not tried yet',
      '3 attempts, it could not be reached',
      '1 attempt, answered 204',
      '70 attempts, answered 500',
    ]);
  });
});

describe('the names a character had', () => {
  const seen = (id: string, of: Partial<Observation>): Observation =>
    ({ id, name: 'Pallywar', realm: 'draenor', realmName: 'Draenor', faction: 'HORDE', firstSeenAt: `${id}-a`, lastSeenAt: `${id}-b`, isCurrent: false, ...of }) as Observation;

  it('are each told once, newest first, whatever else changed meanwhile', () => {
    const found = identities([seen('1', {}), seen('2', { level: 80 }), seen('3', { name: 'Palli', isCurrent: true })]);
    expect(found.map(({ name, firstSeenAt, lastSeenAt, isCurrent }) => [name, firstSeenAt, lastSeenAt, isCurrent])).toEqual([
      ['Palli', '3-a', '3-b', true],
      ['Pallywar', '1-a', '2-b', false],
    ]);
  });
});

describe('what a webhook is told of', () => {
  it('is everything where nothing is named, and stays so', () => {
    expect(typesOf([]).size).toBe(11);
    expect(eventsOf(typesOf([]))).toEqual([]);
  });

  it('is a group as long as all of it is chosen', () => {
    const characters = typesOf(['character.*']);
    expect(characters.has('sync.finished')).toBe(false);
    expect(eventsOf(characters)).toEqual(['character.*']);
    expect(eventsOf(new Set([...characters].filter((type) => type !== 'character.gone')))).toHaveLength(9);
  });

  it('is each type chosen, in the order shown', () => {
    expect(eventsOf(new Set(['sync.finished', 'character.renamed']))).toEqual(['character.renamed', 'sync.*']);
    expect(eventsOf(typesOf(['sync.finished', 'character.gone', 'character.added']))).toEqual(['character.added', 'character.gone', 'sync.*']);
  });
});
