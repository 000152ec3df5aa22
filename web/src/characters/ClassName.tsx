import type { ReactElement } from 'react';

import { classSlug } from './classes';

/** A character's name in the class's colour, as far as it can be read on what is behind it. */
export function ClassName({ classId, name }: { classId: number | null; name: string }): ReactElement {
  return (
    <bdi className="class-name" data-class={classSlug(classId)}>
      {name}
    </bdi>
  );
}
