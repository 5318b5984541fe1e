import { DropdownMenu, type MonacoEditor, useGraphiQL } from "@graphiql/react";

import type { Example } from "./identity";

export function Examples({ examples }: { examples: Example[] }) {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const responseEditor = useGraphiQL((state) => state.responseEditor);

  function put(example: Example) {
    replace(queryEditor, example.query.trim() + "\n");
    replace(variableEditor, example.variables ? JSON.stringify(example.variables, null, 2) : "");
    responseEditor?.setValue("");
  }

  const attacks = examples.filter((example) => example.kind === "attack");
  const queries = examples.filter((example) => example.kind === "query");
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="examples-button">
        Examples <span aria-hidden="true">▾</span>
      </DropdownMenu.Button>
      <DropdownMenu.Content
        className="examples"
        align="end"
        // The menu hands focus back to its button when it closes; the query is where one goes on.
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          queryEditor?.focus();
        }}
      >
        {queries.map((example) => (
          <DropdownMenu.Item key={example.title} className="example" onSelect={() => put(example)}>
            {example.title}
          </DropdownMenu.Item>
        ))}
        {attacks.length > 0 && (
          <p className="examples-label" aria-hidden="true">Attacks: the service has to refuse each of them</p>
        )}
        {attacks.map((example) => (
          <DropdownMenu.Item key={example.title} className="example" onSelect={() => put(example)}>
            <span className="attack">Attack</span> {example.title}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

// As an edit, so that one Ctrl+Z brings back what stood there.
function replace(editor: MonacoEditor | undefined, text: string) {
  const model = editor?.getModel();
  if (!editor || !model) return;
  editor.pushUndoStop();
  editor.executeEdits("example", [{ range: model.getFullModelRange(), text }]);
  editor.pushUndoStop();
}
