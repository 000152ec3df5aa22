import type { ReactElement } from 'react';

import { Trouble } from './Trouble';

/** What came of saving a form: said where it went well, to those who hear it; shown where it did not. */
export function Saved({ isSaved, error }: { isSaved: boolean; error: unknown }): ReactElement {
  return (
    <>
      <p className="hidden" role="status">
        {isSaved && 'Saved.'}
      </p>
      <Trouble error={error} />
    </>
  );
}
