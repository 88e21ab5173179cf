import t from 'tap';
import { formatOne, formatRows } from '../../../../src/cli/format/format-flag.ts';

const data = {
  Name: 'web',
  Count: 3,
  Empty: '',
  Nothing: null,
  Yes: true,
  List: ['a', 'b'],
  Map: { k: 'v', a: 'b' },
  Deep: { Er: { Field: 'x' } },
  Rows: [{ N: 1 }, { N: 2 }],
};

function fill(template: string): string {
  return formatOne(template, data).slice(0, -1);
}

t.test('fields and printing', async (t) => {
  t.equal(fill('{{.Name}}-{{.Deep.Er.Field}}'), 'web-x');
  t.equal(
    fill('{{.List}} {{.Map}} {{.Nothing}} {{.Yes}} {{.Count}}'),
    '[a b] map[a:b k:v] <nil> true 3',
  );
  t.equal(fill('{{json .List}} {{.Map | json}}'), '["a","b"] {"k":"v","a":"b"}');
  t.equal(fill('a\\tb'), 'a\tb');
  t.equal(fill('x {{- .Name -}} y'), 'xweby');
  t.equal(fill('{{/* nothing */}}x'), 'x');
});

t.test('control', async (t) => {
  t.equal(fill('{{if .Yes}}a{{else}}b{{end}}{{if .Empty}}c{{else if eq .Count 3}}d{{end}}'), 'ad');
  t.equal(fill('{{range .Rows}}{{.N}},{{end}}'), '1,2,');
  t.equal(fill('{{range $i, $r := .List}}{{$i}}={{$r}} {{end}}'), '0=a 1=b ');
  t.equal(fill('{{range $k, $v := .Map}}{{$k}}{{$v}}{{$.Count}}{{end}}'), 'ab3kv3');
  t.equal(fill('{{range .Empty}}x{{else}}none{{end}}'), 'none');
  t.equal(fill('{{with .Deep.Er}}{{.Field}}{{end}}'), 'x');
  t.equal(fill('{{$x := .Name}}{{$x}}{{len $x}}'), 'web3');
});

t.test('functions', async (t) => {
  t.equal(fill('{{index .List 1}}{{index .Map "k"}}'), 'bv');
  t.equal(
    fill('{{printf "%s %d %q %5.1f|%-4s|" .Name .Count .Name 1.25 .Name}}'),
    'web 3 "web"   1.3|web |',
  );
  t.equal(fill('{{join .List ","}} {{upper .Name}} {{truncate .Name 2}}'), 'a,b WEB we');
  t.equal(fill('{{if and .Yes (not .Empty)}}1{{end}}{{or .Empty "d"}}'), '1d');
  t.equal(fill('{{if gt .Count 2}}more{{end}}'), 'more');
  t.equal(fill('{{(index .Rows 1).N}}'), '2');
});

t.test('errors are one clear line', async (t) => {
  for (const bad of [
    '{{.Nope}}',
    '{{',
    '{{if .Yes}}',
    '{{end}}',
    '{{nofunc}}',
    '{{.Name.Sub}}',
    '{{index .List 9}}',
    '{{"}}',
  ]) {
    t.throws(() => fill(bad), { code: 'bad-template' }, bad);
  }
});

t.test('lists', async (t) => {
  const rows = [
    { ID: '1', Names: 'long name' },
    { ID: '22', Names: 'b' },
  ];
  t.equal(formatRows('{{.ID}}', rows), '1\n22\n');
  t.equal(
    formatRows('table {{.ID}}\\t{{.Names}}', rows, { ID: 'CONTAINER ID' }),
    'CONTAINER ID  NAMES\n1             long name\n22            b\n',
  );
  t.equal(formatRows('json', []), '[]\n');
});
