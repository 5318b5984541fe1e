import * as monaco from "monaco-graphql/esm/monaco-editor.js";
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";

// Workers from files of this origin, so that the policy needs no blob: for them.
globalThis.MonacoEnvironment = {
  getWorker(_id: string, label: string) {
    if (label === "json") return new JsonWorker();
    return label === "graphql" ? new GraphQLWorker() : new EditorWorker();
  },
};

export const editorTheme = { dark: "palisade-dark", light: "palisade-light" };

function define(name: string, base: "vs" | "vs-dark", ink: Record<string, string>) {
  const rule = (token: string, foreground: string) => ({ token, foreground });
  monaco.editor.defineTheme(name, {
    base,
    inherit: true,
    rules: [
      rule("keyword.gql", ink.keyword!),
      rule("key.identifier.gql", ink.field!),
      rule("identifier.gql", ink.field!),
      rule("argument.identifier.gql", ink.argument!),
      rule("type.identifier.gql", ink.type!),
      rule("string.gql", ink.string!),
      rule("number.gql", ink.number!),
      rule("comment.gql", ink.comment!),
      rule("string.key.json", ink.field!),
      rule("string.value.json", ink.string!),
      rule("number.json", ink.number!),
      rule("keyword.json", ink.keyword!),
    ],
    colors: {
      "editor.background": "#ffffff00",
      "editor.foreground": ink.text!,
      "editorLineNumber.foreground": ink.comment!,
      "scrollbar.shadow": "#ffffff00",
      "editorHoverWidget.background": ink.paper!,
      "editorSuggestWidget.background": ink.paper!,
      "editorSuggestWidget.selectedBackground": ink.chosen!,
      "editorSuggestWidget.selectedForeground": ink.text!,
      "editorSuggestWidget.highlightForeground": ink.keyword!,
      "editorSuggestWidget.focusHighlightForeground": ink.keyword!,
      "editorWidget.background": ink.paper!,
      "list.hoverBackground": ink.chosen!,
      "menu.background": ink.paper!,
      "menu.selectionBackground": ink.chosen!,
      "menu.selectionForeground": ink.text!,
      "quickInput.background": ink.paper!,
      "quickInputList.focusBackground": ink.chosen!,
      "quickInputList.focusForeground": ink.text!,
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`editorBracketHighlight.foreground${n}`, ink.comment!])),
      focusBorder: ink.keyword!,
      "textLink.foreground": ink.keyword!,
    },
  });
}

define(editorTheme.light, "vs", {
  text: "#1d2b3f",
  paper: "#ffffff",
  chosen: "#e5ecf6",
  keyword: "#1a56b8",
  field: "#1d2b3f",
  argument: "#7a3fb5",
  type: "#0b6b60",
  string: "#9a4a06",
  number: "#0b6b60",
  comment: "#67748a",
});

define(editorTheme.dark, "vs-dark", {
  text: "#e0e7f2",
  paper: "#1c2636",
  chosen: "#2d3b52",
  keyword: "#82b1ff",
  field: "#e0e7f2",
  argument: "#cda4ff",
  type: "#6fd6c4",
  string: "#ffb77a",
  number: "#6fd6c4",
  comment: "#8b99b0",
});
