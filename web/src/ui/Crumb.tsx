import type { ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';

import { Icon } from './icons';

/** The way back to the page above this one. */
export function Crumb({ href, children }: { href: string; children: ReactNode }): ReactElement {
  return (
    <p className="crumb">
      <Link href={href}>
        <Icon name="back" /> {children}
      </Link>
    </p>
  );
}
