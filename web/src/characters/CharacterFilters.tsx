import type { ReactElement } from 'react';

import type { Character, GameVersion, Group } from '../api/types';
import { Choice } from '../ui/Choice';
import { Icon } from '../ui/icons';
import { regionName } from '../words';
import type { Filter, Order } from './grouping';

interface CharacterFiltersProps {
  characters: readonly Character[];
  groups: readonly Group[];
  versions: readonly GameVersion[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
  order: Order;
  onOrder: (order: Order) => void;
}

const ORDERS: { value: Order; label: string }[] = [
  { value: 'level', label: 'Level' },
  { value: 'itemLevel', label: 'Item level' },
  { value: 'name', label: 'Name' },
  { value: 'updated', label: 'Last changed' },
];

/** Search, filter and order; a filter is offered only where there is something to choose. */
export function CharacterFilters(props: CharacterFiltersProps): ReactElement {
  const { characters, groups, versions, filter, onFilter, order, onOrder } = props;
  const regions = [...new Set(characters.map(({ region }) => region))];
  const held = new Set(characters.map(({ gameVersion }) => gameVersion));
  const hidden = characters.filter(({ isActive, mine }) => isActive && mine?.isHidden).length;
  const archived = characters.filter(({ isActive }) => !isActive).length;
  return (
    <search className="filters">
      <div className="field field--search">
        <label htmlFor="search">Search</label>
        <Icon name="search" />
        <input
          id="search"
          type="search"
          placeholder="Name, realm, guild, class"
          autoComplete="off"
          value={filter.text}
          onChange={(event) => onFilter({ ...filter, text: event.target.value })}
        />
      </div>
      {held.size > 1 && (
        <Choice
          label="Version"
          value={filter.gameVersion}
          options={[
            { value: '', label: 'All' },
            ...versions.filter(({ id }) => held.has(id)).map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(gameVersion) => onFilter({ ...filter, gameVersion })}
        />
      )}
      {regions.length > 1 && (
        <Choice
          label="Region shown"
          value={filter.region}
          options={[{ value: '', label: 'All' }, ...regions.map((value) => ({ value, label: regionName(value) }))]}
          onChange={(region) => onFilter({ ...filter, region })}
        />
      )}
      {groups.length > 0 && (
        <Choice
          label="Group"
          value={filter.group}
          options={[{ value: '', label: 'All' }, ...groups.map(({ id, name }) => ({ value: id, label: name }))]}
          onChange={(group) => onFilter({ ...filter, group })}
        />
      )}
      <Choice label="Order" value={order} options={ORDERS} onChange={(value) => onOrder(value as Order)} />
      {hidden > 0 && (
        <label className="check">
          <input
            type="checkbox"
            checked={filter.hidden}
            onChange={(event) => onFilter({ ...filter, hidden: event.target.checked })}
          />
          Show {hidden} hidden
        </label>
      )}
      {archived > 0 && (
        <label className="check">
          <input
            type="checkbox"
            checked={filter.archived}
            onChange={(event) => onFilter({ ...filter, archived: event.target.checked })}
          />
          Show {archived} archived
        </label>
      )}
    </search>
  );
}
