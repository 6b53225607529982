"""Who is asking: passwords, tokens, the login throttle and the guard that stands before every route.

A person signs in with name and password and gets a signed token (JWT, HS256, key file of the home folder), either in the
answer (`/auth/token`, for programs) or in an HttpOnly cookie (`/auth/login`, for the web page). Every route but the few
declared `for_everybody` is refused without one, and without the permission declared next to it (`needs`). Requests that change something and come with the cookie must also
prove that our own page sent them. A logout voids the token everywhere, by its id.
"""
