import { useId, useState, type ComponentProps, type FormEvent, type ReactElement } from 'react';

import { Choice } from '../ui/Choice';
import { Trouble } from '../ui/Trouble';

interface AddFormProps {
  label: string;
  input: Pick<ComponentProps<'input'>, 'type' | 'maxLength' | 'placeholder'>;
  choice: Pick<ComponentProps<typeof Choice>, 'label' | 'options'> & { usual: string };
  button: string;
  isBusy: boolean;
  error: Error | null;
  onAdd: (text: string, chosen: string) => Promise<unknown>;
}

/** One line to type, one of a few to choose, a button that adds it. The line is emptied once it is added. */
export function AddForm({ label, input, choice, button, isBusy, error, onAdd }: AddFormProps): ReactElement {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(choice.usual);
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onAdd(text.trim(), chosen).then(
      () => setText(''),
      () => {}, // said below
    );
  };
  return (
    <form className="add-form" onSubmit={submit}>
      <div className="field">
        <label htmlFor={id}>{label}</label>
        <input
          {...input}
          id={id}
          required
          autoComplete="off"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      <Choice label={choice.label} value={chosen} options={choice.options} onChange={setChosen} />
      <button type="submit" className="button button--main" disabled={isBusy || text.trim() === ''}>
        {button}
      </button>
      <Trouble error={error} />
    </form>
  );
}
