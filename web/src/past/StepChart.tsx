import { useId, type ReactElement } from 'react';

import { wordsOf } from '../api/http';
import { useSeries } from '../api/past';
import type { Series } from '../api/types';
import { Loading, ReadFailed } from '../ui/Notice';
import { drawing, ends, HEIGHT, rows, summary, WIDTH } from './steps';

const NAMES: Record<Series['metric'], string> = { itemLevel: 'Item level', level: 'Level' };

/** The item level over time, or the level where there is no item level. */
export function SeriesPanel({ id }: { id: string }): ReactElement {
  const series = useSeries(id);
  const title = useId();
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title} className="panel__title">
        {NAMES[series.data?.metric ?? 'itemLevel']} over time
      </h2>
      {series.isPending && <Loading what="the chart" shape="past--waiting" />}
      {series.isError && <ReadFailed what="The chart" why={wordsOf(series.error)} again={() => void series.refetch()} />}
      {series.data && <StepChart series={series.data} />}
    </section>
  );
}

/** Steps with gaps where nothing is known: drawn, in one sentence, and as a table. */
export function StepChart({ series: { metric, steps } }: { series: Series }): ReactElement {
  const name = NAMES[metric];
  const plan = drawing(steps);
  if (plan === null) return <p className="panel__text">Not seen yet.</p>;
  const { lines, gaps, lowest, highest } = plan;
  const [from, to] = ends(plan);
  return (
    <div className="chart">
      <div className="chart__values" aria-hidden="true">
        <span>{highest}</span>
        {lowest !== highest && <span>{lowest}</span>}
      </div>
      <svg className="chart__drawing" role="img" aria-label={summary(name, steps)} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        {gaps.map(({ x, width }, index) => (
          <rect key={index} className="chart__gap" x={x} y={0} width={width} height={HEIGHT} />
        ))}
        {lines.map(({ x, y, width }, index) => (
          <path key={index} className="chart__line" d={`M${x} ${y}h${Math.max(width, 0.01)}`} />
        ))}
      </svg>
      <div className="chart__ends" aria-hidden="true">
        <span>{from}</span>
        {from !== to && <span>{to}</span>}
      </div>
      {gaps.length > 0 && (
        <p className="chart__legend" aria-hidden="true">
          <span className="chart__swatch" /> Not known: nobody looked
        </p>
      )}
      <details className="chart__table">
        <summary>{name} as a table</summary>
        <table className="outcomes">
          <thead>
            <tr>
              <th scope="col">{name}</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
            </tr>
          </thead>
          <tbody>
            {rows(steps).map((row, index) => (
              <tr key={index}>
                <th scope="row">{row.value ?? 'Not known'}</th>
                <td>{row.from}</td>
                <td>{row.to}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
