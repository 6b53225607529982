import { Bookmark, Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { savedViews } from "../../services/savedViews";
import { toasts } from "../../services/toasts";
import { words } from "../../words";
import { lists } from "../../words/lists";
import { Dialog } from "../Dialog";
import { Menu, MenuItem, MenuLabel, MenuLine } from "../Menu";

type Props = { list: string; search: Record<string, unknown>; onOpen: (search: Record<string, unknown>) => void };

/** Named filters of a list. `list`: whose views they are. */
export function SavedViews({ list, search, onOpen }: Props) {
  const [views, setViews] = useState(() => savedViews.read(list));
  const [isNaming, setNaming] = useState(false);
  return (
    <>
      <Menu
        trigger={
          <button type="button" className="button">
            <Bookmark size={14} /> {lists.views}
          </button>
        }
      >
        {views.length === 0 && <MenuLabel>{lists.noViews}</MenuLabel>}
        {views.map((view) => (
          <MenuItem key={view.name} icon={<Bookmark size={14} />} onSelect={() => onOpen(view.search)}>
            {view.name}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem icon={<Plus size={14} />} onSelect={() => setNaming(true)}>
          {lists.saveView}
        </MenuItem>
        {views.length > 0 && <MenuLabel>{lists.deleteViews}</MenuLabel>}
        {views.map((view) => (
          <MenuItem
            key={view.name}
            icon={<Trash2 size={14} />}
            onSelect={() => {
              savedViews.remove(list, view.name);
              setViews(savedViews.read(list));
            }}
          >
            {lists.deleteView(view.name)}
          </MenuItem>
        ))}
      </Menu>
      {isNaming && (
        <NameDialog
          onClose={() => setNaming(false)}
          onName={(name) => {
            try {
              savedViews.save(list, { name, search });
            } catch (error) {
              toasts.fail(error);
            }
            setViews(savedViews.read(list));
            setNaming(false);
          }}
        />
      )}
    </>
  );
}

function NameDialog({ onName, onClose }: { onName: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  return (
    <Dialog
      title={lists.saveTitle}
      onClose={onClose}
      onSubmit={() => name.trim() && onName(name.trim())}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={name.trim() === ""}>
            {lists.save}
          </button>
        </>
      }
    >
      <div className="field">
        <label htmlFor="view-name">{lists.viewName}</label>
        <input id="view-name" className="input" value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
      </div>
    </Dialog>
  );
}
