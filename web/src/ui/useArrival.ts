import { useEffect, useRef } from 'react';
import { useLocation, useSearch } from 'wouter';

/**
 * Arrive at a page as one does where every page is loaded: at its top, and with the focus in its content, so that the
 * keyboard and a screen reader go on from there. Where back and forward lead to, the browser scrolls by itself.
 */
export function useArrival(): void {
  const [path] = useLocation();
  // The same page of another moment is another page.
  const search = useSearch();
  const at = search === '' ? path : `${path}?${search}`;
  const before = useRef(at);
  const isReturn = useRef(false);

  useEffect(() => {
    const returns = (): void => {
      // A jump inside the page is one too, and leads to no other page.
      isReturn.current = window.location.pathname + window.location.search !== before.current;
    };
    // Before the router hears of it.
    window.addEventListener('popstate', returns, { capture: true });
    return () => window.removeEventListener('popstate', returns, { capture: true });
  }, []);

  useEffect(() => {
    if (at === before.current) return;
    before.current = at;
    if (!isReturn.current) window.scrollTo(0, 0);
    isReturn.current = false;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [at]);
}
