import type { ReactElement } from 'react';

import type { Equipment, EquippedItem } from '../api/types';
import { Empty } from '../ui/Notice';
import { many } from '../words';
import { doll, enchantmentText, type Slot } from './gearSlots';

/** What the character wears, as on the doll of the game. */
export function Gear({ equipment }: { equipment: Equipment | null }): ReactElement {
  if (equipment === null) {
    return (
      <Empty title="No gear to show">
        <p>Battle.net has not given this character’s gear yet. What is said above tells why.</p>
      </Empty>
    );
  }
  if (equipment.items.length === 0) {
    return (
      <Empty title="Nothing is worn">
        <p>Battle.net says that every slot is empty.</p>
      </Empty>
    );
  }
  const { left, right, weapons, others } = doll(equipment.items);
  return (
    <div className="doll">
      <Slots slots={left} where="left" />
      <Slots slots={right} where="right" />
      <Slots slots={[...weapons, ...others]} where="weapons" />
    </div>
  );
}

function Slots({ slots, where }: { slots: Slot[]; where: string }): ReactElement {
  return (
    <ul className="doll__side" data-where={where}>
      {slots.map((slot) => (
        <li key={slot.slot} className="slot" data-quality={slot.item?.quality ?? 'EMPTY'}>
          <span className="slot__mark" aria-hidden="true">
            {slot.item?.itemLevel ?? slot.label.charAt(0)}
          </span>
          <div className="slot__words">
            <p className="slot__label">{slot.label}</p>
            {slot.item === null ? <p className="slot__empty">Empty</p> : <Item item={slot.item} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Item({ item }: { item: EquippedItem }): ReactElement {
  const gems = item.gems.map(({ name, itemId }) => name ?? `Gem ${itemId ?? ''}`.trim());
  return (
    <>
      <p className="slot__item">
        <span className="quality">{item.name ?? `Item ${item.itemId}`}</span>
        <span className="hidden">
          {item.quality && `, ${item.quality.toLowerCase()}`}
          {item.itemLevel !== null && `, item level ${item.itemLevel}`}
        </span>
      </p>
      {item.enchantments.map(({ id, text }, index) => (
        <p key={id ?? index} className="slot__enchantment">
          {enchantmentText(text)}
        </p>
      ))}
      {(gems.length > 0 || item.emptySockets > 0) && (
        <ul className="slot__sockets">
          {gems.map((gem, index) => (
            <li key={index} className="gem">
              {gem}
            </li>
          ))}
          {item.emptySockets > 0 && <li className="gem gem--empty">{many(item.emptySockets, 'empty socket')}</li>}
        </ul>
      )}
    </>
  );
}
