/** Drawn icons; each is decoration, the words stand beside it. */
import type { ReactElement } from 'react';

const PATHS = {
  refresh: 'M19.500 9A8 8 0 0 0 5 7.500M4.500 4v4h4M4.500 15A8 8 0 0 0 19 16.500M19.500 20v-4h-4',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13M15.500 15.500 20 20',
  copy: 'M9 9h10v11H9zM6 15H5V4h10v1',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  back: 'M14.500 5 7.500 12l7 7',
  warning: 'M12 4 2.800 19.500h18.400zM12 10v4.500M12 17v.1',
  clock: 'M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17M12 7.500V12l3 2',
  key: 'M8 15.500a4 4 0 1 1 3.800-5.200H20.500v3h-2v2.500h-3v-2.500h-3.700A4 4 0 0 1 8 15.500M8 11.600v.1',
  out: 'M14 4H5v16h9M10 12h10M16.500 8.500 20 12l-3.500 3.500',
  question: 'M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17M9.500 9.800a2.500 2.500 0 1 1 3.600 2.200c-.7.400-1.100.900-1.100 1.600M12 16.700v.1',
  star: 'm12 4 2.500 5.100 5.600.800-4 4 .900 5.600-5-2.700-5 2.700.900-5.600-4-4 5.600-.800z',
  cross: 'm6 6 12 12M18 6 6 18',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The site's own mark. */
export function Emblem(): ReactElement {
  return (
    <svg className="emblem" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
      <path className="emblem__shield" d="M16 2.500 27 6v9.500c0 6.600-4.400 11.300-11 14-6.600-2.700-11-7.400-11-14V6z" />
      <path
        className="emblem__arrows"
        d="M21.500 13.500A6 6 0 0 0 10.700 12M10.500 8.500V12H14M10.500 17.500A6 6 0 0 0 21.300 19M21.500 22.500V19H18"
      />
    </svg>
  );
}
