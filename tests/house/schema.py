"""A schema as lines of text: what a migration leaves behind can be compared with what was there before it.

Left out are functions of pgtrigger's: the library drops a trigger and keeps its function.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

HERE = "'public'::regnamespace"
PARTS = {
    "column": f"""
        SELECT format('%s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                      a.attidentity, pg_get_expr(d.adbin, d.adrelid))
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = {HERE} AND c.relkind IN ('r', 'p', 'v')""",
    "table": f"""
        SELECT format('%s %s %s %s', relname, relkind, relrowsecurity, relforcerowsecurity)
        FROM pg_class WHERE relnamespace = {HERE} AND relkind IN ('r', 'p', 'v', 'S')""",
    "grant": f"""
        SELECT format('%s %s %s', c.relname, g.grantee::regrole, g.privilege_type)
        FROM pg_class AS c, aclexplode(c.relacl) AS g
        WHERE c.relnamespace = {HERE} AND c.relkind IN ('r', 'p', 'v', 'S') AND g.grantee <> c.relowner""",
    "grant on a column": f"""
        SELECT format('%s.%s %s %s', c.relname, a.attname, g.grantee::regrole, g.privilege_type)
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid, aclexplode(a.attacl) AS g
        WHERE c.relnamespace = {HERE} AND g.grantee <> c.relowner""",
    "default grant": """
        SELECT format('%s %s %s', d.defaclobjtype, g.grantee::regrole, g.privilege_type)
        FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS g WHERE g.grantee <> d.defaclrole""",
    "constraint": f"""
        SELECT format('%s %s %s', conrelid::regclass, conname, replace(pg_get_constraintdef(oid), ' NOT VALID', ''))
        FROM pg_constraint WHERE connamespace = {HERE} AND contype <> 'n'""",
    "index": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": """
        SELECT format('%s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal""",
    "policy": """
        SELECT format('%s %s %s %s %s %s', polrelid::regclass, polname, polcmd, polpermissive,
                      pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy""",
    "function": rf"""
        SELECT format('%s %s %s', pg_get_functiondef(p.oid), p.prosecdef,
                      (SELECT string_agg(g.grantee::text, ',' ORDER BY g.grantee) FROM aclexplode(p.proacl) AS g))
        FROM pg_proc AS p WHERE p.pronamespace = {HERE} AND p.prokind = 'f'
        AND p.proname NOT LIKE 'pgtrigger\_%' AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')""",
    "extension": "SELECT extname FROM pg_extension",
}  # names and definitions; nothing that counts up, nor whether a constraint was validated: that cannot be taken back


def schema(connection: BaseDatabaseWrapper) -> set[str]:
    """Every part of it, a line each."""
    lines: set[str] = set()
    with connection.cursor() as cursor:
        for kind, query in PARTS.items():
            cursor.execute(query)
            lines |= {f"{kind}: {said}" for (said,) in _rows(cursor)}
    return lines


def _rows(cursor: Any) -> list[tuple[Any, ...]]:
    return list(cursor.fetchall())
