import { CharacterSyncProgress, useCharacterSync } from '@character-sync/react';
import '@character-sync/react/styles.css';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

function Sync({ url, token }: { url: string; token: string }) {
  const { startSync, progress, error } = useCharacterSync({ url, token });
  const start = () => startSync('retail', { region: 'eu' }).catch(() => undefined); // `error` says what is wrong
  return (
    <>
      <button type="button" onClick={start}>
        Sync
      </button>
      {error && <p role="alert">{error}</p>}
      <CharacterSyncProgress progress={progress} />
    </>
  );
}

/** A page for its own player: the token is kept in memory only, and is gone with the tab. */
function Page() {
  const [given, setGiven] = useState<{ url: string; token: string }>();
  if (given) return <Sync {...given} />;
  const open = (form: FormData) => setGiven({ url: String(form.get('url')), token: String(form.get('token')) });
  return (
    <form action={open}>
      <label>
        Service <input name="url" type="url" required defaultValue="http://127.0.0.1:8000" />
      </label>
      <label>
        Token <input name="token" type="password" required autoComplete="off" />
      </label>
      <button type="submit">Open</button>
    </form>
  );
}

createRoot(document.getElementById('page') as HTMLElement).render(<Page />);
