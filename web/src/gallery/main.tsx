import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { createQueryClient, keys } from '../api/queries';
import { VERSIONS } from './fixtures';
import { SCHEDULES } from './scheduleFixtures';
import { Gallery } from './Gallery';
import '../styles/index.css';
import './gallery.css';

const queries = createQueryClient();
// Nothing is behind the gallery: what is there never grows old.
queries.setDefaultOptions({ queries: { staleTime: Infinity } });
queries.setQueryData(keys.schedules, SCHEDULES);
queries.setQueryData(keys.gameVersions, VERSIONS);

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Gallery only={new URLSearchParams(window.location.search).get('state')} />
    </QueryClientProvider>
  </StrictMode>,
);
