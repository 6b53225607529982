import { Eye, EyeOff } from "lucide-react";
import { type InputHTMLAttributes, useState } from "react";

import { words } from "../words";

/** A password that can be looked at while it is typed: so one field is enough for a new one. */
export function PasswordField(props: InputHTMLAttributes<HTMLInputElement>) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="login__password">
      <input className="input" type={isShown ? "text" : "password"} {...props} />
      <button type="button" className="button button--plain button--icon" aria-label={isShown ? words.login.hide : words.login.show} aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? <EyeOff size={16} /> : <Eye size={16} />}
      </button>
    </div>
  );
}
