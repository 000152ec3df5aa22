import { useId, useState, type KeyboardEvent, type ReactElement } from 'react';

import type { Specialization, Specializations } from '../api/types';
import { CopyButton } from '../ui/CopyButton';
import { Empty } from '../ui/Notice';

/** The character's specializations, the active one first to be seen, each with what is chosen in it. */
export function Talents({ specializations }: { specializations: Specializations | null }): ReactElement {
  const specs = specializations?.specs ?? [];
  const id = useId();
  const [chosen, setChosen] = useState<number | null>(null);
  if (specializations === null) {
    return (
      <Empty title="No talents to show">
        <p>Battle.net has not given this character’s talents yet. What is said above tells why.</p>
      </Empty>
    );
  }
  if (specs.length === 0) return <Empty title="No talents are chosen" />;
  const at = chosen !== null && chosen < specs.length ? chosen : Math.max(0, specs.findIndex((spec) => isActive(spec, specializations)));
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (at + step + specs.length) % specs.length;
    setChosen(next);
    document.getElementById(`${id}-tab-${next}`)?.focus();
  };
  const groups = new Set(specs.map(({ group }) => group)).size;
  return (
    <div className="talents">
      <div className="tabs" role="tablist" aria-label="Specializations" onKeyDown={move}>
        {specs.map((spec, index) => (
          <button
            key={index}
            id={`${id}-tab-${index}`}
            type="button"
            role="tab"
            className="tab"
            aria-selected={index === at}
            aria-controls={`${id}-panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => setChosen(index)}
          >
            {spec.name ?? 'Talents'}
            {groups > 1 && <span className="tab__note">{spec.group === 0 ? 'first' : 'second'}</span>}
            {isActive(spec, specializations) && <span className="tab__note">active</span>}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-tab-${at}`} tabIndex={0} className="talents__panel">
        {specs[at] && <Spec key={at} spec={specs[at]} />}
      </div>
    </div>
  );
}

/** A dual specialization is active as a group; in it the one that the character is known by. */
function isActive(spec: Specialization, { active }: Specializations): boolean {
  if (!spec.isActive) return false;
  return active === null || (spec.id ?? spec.name) === (active.id ?? active.name);
}

function Spec({ spec }: { spec: Specialization }): ReactElement {
  const { heroTree, spentPoints, loadoutCode, talents, pvpTalents, glyphs } = spec;
  const isEmpty = talents.length + pvpTalents.length + glyphs.length === 0;
  return (
    <>
      {(heroTree || spentPoints !== null) && (
        <p className="talents__facts">
          {heroTree && (
            <span>
              Hero tree <strong>{heroTree}</strong>
            </span>
          )}
          {spentPoints !== null && (
            <span>
              <strong>{spentPoints}</strong> points spent
            </span>
          )}
        </p>
      )}
      {loadoutCode && (
        <div className="loadout">
          <code className="loadout__code">{loadoutCode}</code>
          <CopyButton text={loadoutCode} what="loadout code" />
        </div>
      )}
      {isEmpty && <p className="talents__none">Nothing is chosen here, or Battle.net does not show it.</p>}
      <Chosen title="Talents" names={talents} />
      <Chosen title="PvP talents" names={pvpTalents} />
      <Chosen title="Glyphs" names={glyphs} />
    </>
  );
}

interface Nameable {
  id: number | null;
  name: string | null;
  rank?: number | null;
}

function Chosen({ title, names }: { title: string; names: readonly Nameable[] }): ReactElement | null {
  if (names.length === 0) return null;
  return (
    <section className="chosen">
      <h3 className="chosen__title">{title}</h3>
      <ul className="chips">
        {names.map(({ id, name, rank }, index) => (
          <li key={`${id}-${index}`} className="chip">
            {name ?? `Talent ${id ?? ''}`.trim()}
            {rank !== null && rank !== undefined && rank > 1 && (
              <span className="chip__rank">
                <span className="hidden">rank </span>
                {rank}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
