import { createCharacterSyncClient } from '@character-sync/react/client';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { createQueryClient } from './api/queries';
import { App } from './App';
import { SyncClientProvider } from './sync/SyncClient';
import './styles/index.css';

const queries = createQueryClient();
const client = createCharacterSyncClient();

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <SyncClientProvider client={client}>
        <App />
      </SyncClientProvider>
    </QueryClientProvider>
  </StrictMode>,
);
