// The editor of the cells, made of CodeMirror 6. After a change: npm install && npm run build
import {closeBrackets, closeBracketsKeymap} from "@codemirror/autocomplete";
import {defaultKeymap, history, historyKeymap, indentLess, indentMore} from "@codemirror/commands";
import {pythonLanguage} from "@codemirror/lang-python";
import {bracketMatching, indentOnInput, indentUnit, syntaxHighlighting} from "@codemirror/language";
import {EditorState, Prec} from "@codemirror/state";
import {drawSelection, EditorView, keymap} from "@codemirror/view";
import {classHighlighter} from "@lezer/highlight";

// Escape leaves the editor, so that the tab key may indent.
window.courseEditor = ({parent, doc, label, keys, changed}) => new EditorView({
  parent,
  state: EditorState.create({doc, extensions: [
    Prec.highest(keymap.of(keys)),
    keymap.of([
      ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap,
      {key: "Tab", run: indentMore, shift: indentLess},
    ]),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    indentOnInput(),
    indentUnit.of("    "),
    pythonLanguage,
    syntaxHighlighting(classHighlighter),
    EditorView.contentAttributes.of({"aria-label": label, tabindex: "0"}),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed();
    }),
  ]}),
});
