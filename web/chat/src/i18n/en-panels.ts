// Words of panels.

export const en = {}
