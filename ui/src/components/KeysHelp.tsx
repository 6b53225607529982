import { words } from "../words";
import { ganttWords } from "../words/gantt";
import { graphWords } from "../words/graph";
import { gridWords } from "../words/grid";
import { logWords } from "../words/log";
import { Dialog } from "./Dialog";

export function KeysHelp({ onClose }: { onClose: () => void }) {
  const k = words.keys;
  const parts: [string, [string, string][]][] = [
    [k.everywhere, [["Ctrl K", k.jump], ["/", k.search], ["h", k.dags], ["j k", k.rows], ["Enter", k.openRow], ["r", k.readAgain], ["Shift P", k.pause], ["Esc", k.close], ["?", k.help]]],
    [k.inGrid, [["← ↑ → ↓", k.move], ["Enter", k.open], ["Home End", k.edge], ["Space", k.fold], ["e", gridWords.keys.expand], ["n p", gridWords.keys.failures], ["[ ]", gridWords.keys.runs], ["f", gridWords.keys.stream], ["g", gridWords.keys.graph], ["Shift F10", gridWords.keys.menu]]],
    [graphWords.keys.title, [["← ↑ → ↓", graphWords.keys.move], ["Enter", graphWords.keys.search], ["+ - 0", graphWords.keys.zoom], ["e", graphWords.keys.expand], ["n p", graphWords.keys.failures], ["[ ]", graphWords.keys.runs], ["g", graphWords.keys.switch]]],
    [
      ganttWords.title,
      [["↑ ↓", ganttWords.keys.rows], ["Enter", k.openRow], ["Space", ganttWords.keys.fold], ["+ - 0", ganttWords.keys.zoom], ["← →", ganttWords.keys.part], ["e", graphWords.keys.expand], ["[ ]", graphWords.keys.runs], ["g", gridWords.keys.graph], ["Esc", ganttWords.keys.end]],
    ],
    [k.inLog, [["w", k.wrap], ["t", k.times], ["s", logWords.showSources], ["e", logWords.foldAll], ["f", logWords.full], ["n N", k.hits], ["Ctrl+↑ Ctrl+↓", k.ends], ["d", words.log.download], ["Ctrl F", words.log.search]]],
    [k.onTask, [["Shift C", k.clear], ["Shift S", k.markSuccess], ["Shift F", k.markFailed], [".", k.acts]]],
  ];
  return (
    <Dialog title={k.title} onClose={onClose} wide>
      <div className="keys">
        {parts.map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            {rows.map(([keys, text]) => (
              <div key={keys} className="keys__row">
                <span>{text}</span>
                <span className="row">
                  {keys.split(" ").map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
      </div>
    </Dialog>
  );
}
