import { Converter, ReflectionFlag, ReflectionKind, ReflectionType } from 'typedoc';

/** `ets` and `persistentTerm` are objects whose members are functions: they are shown so, not as variables of function types. */
function showFunctions(project) {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Variable)) {
    if (reflection.parent?.kind !== ReflectionKind.Namespace) continue;
    const { type } = reflection;
    if (!(type instanceof ReflectionType) || type.declaration.signatures === undefined) continue;
    reflection.kind = ReflectionKind.Function;
    reflection.signatures = type.declaration.signatures;
    for (const signature of reflection.signatures) {
      signature.name = reflection.name;
      signature.parent = reflection;
    }
    delete reflection.type;
    delete reflection.defaultValue;
    reflection.setFlag(ReflectionFlag.Readonly, false);
  }
}

/** The first page has the package's name as its title: the README's own would be the second. */
function dropTitle(project) {
  const [first] = project.readme ?? [];
  if (first?.kind === 'text') first.text = first.text.replace(/^# .*\n/, '');
}

/** A plugin of TypeDoc. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    showFunctions(project);
    dropTitle(project);
  });
}
