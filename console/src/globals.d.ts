declare var MonacoEnvironment: { getWorker(id: string, label: string): Worker };

declare module "monaco-graphql/esm/monaco-editor.js" {
  export * from "monaco-editor";
}
