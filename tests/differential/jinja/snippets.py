"""Small templates: a written list for each feature, and random expressions from a grammar with a fixed seed."""

import random

SEED = 20260102
RANDOM_EXPRESSIONS = 1500

#: One template a line; `\\n` is a newline.
WRITTEN = {
    "literals": r"""
{{ [1, 'a', none, true, 1.5] }} {{ {'a': 1, 'b': [1, 2]} }} {{ (1,) }} {{ () }} {{ (1, 'x') }}
{{ none }} {{ None }} {{ true }} {{ False }} {{ 1_000 }} {{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 1.5e3 }}
{{ 1.0 }} {{ 1e20 }} {{ 1e-7 }} {{ 0.1 + 0.2 }} {{ 100000000000000000.0 }} {{ 1e16 }} {{ 123456789.123 }}
{{ 'it\'s' }} {{ ["it's", 'a"b', 'x\ny'] }} {{ 'a' 'b' }} {{ "x" ~ 'y' }} {{ '\u00e9' }} {{ '\x41' }} {{ '\d+' }}
{{ {1: 'a', (1, 2): 'b', none: 'c', true: 'd'} }} {{ [[], {}, ()] }} {{ 1, 2 }} {{ {'a': 1, 'a': 2} }}
{{ 10000000000 * 10000000000 }} {{ 2 ** 62 }} {{ 9223372036854775807 + 1 }} {{ 2 ** 100 }} {{ -2 ** 2 }}
{{ 'é' | length }} {{ 'añb'.upper() }} {{ ['é', '\t', '\\', '€'] }} {{ '\N' if false }}
{{ [none, missing_name] }} {{ [missing_name is defined] }} {{ {'a': missing_name} }}
""",
    "operators": r"""
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 / 2 }} {{ 4 / 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }}
{{ 'a' ~ 1 ~ none ~ true ~ [1] ~ 1.0 }} {{ 'a' * 3 }} {{ [1] * 3 }} {{ 3 * 'ab' }} {{ (1,) * 2 }} {{ 'a' * -1 }}
{{ [1] + [2, 3] }} {{ (1,) + (2,) }} {{ 'a' + 'b' }} {{ 1 + true }} {{ 1.5 + 1 }}
{{ '%s-%d-%05.2f' % ('a', 3, 2.5) }} {{ '%s' % 'x' }} {{ '%(k)s' % {'k': 1} }} {{ '%-5s|%5s|%+d|%x|%%|%r' % ('a', 'b', 5, 255, 'q') }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ 1 == true }} {{ [1] == [1] }} {{ (1,) == [1] }} {{ {'a': 1} == {'a': 1} }} {{ 'a' < 'b' }}
{{ 'a' in 'abc' }} {{ 1 in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 3 not in [1] }} {{ 'a' in ('a', 'b') }} {{ [1] in [[1]] }}
{{ 'x' if false }}|{{ 'x' if true }}|{{ 'a' if false else 'b' }}|{{ 1 if 0 else 2 if 0 else 3 }}
{{ not true }} {{ not [] }} {{ not 0 }} {{ 1 and 2 }} {{ 0 or 'x' }} {{ [] or {} }} {{ not 1 == 2 }} {{ none or none }}
{{ -5 | abs }} {{ (-5) | abs }} {{ -5 }} {{ +5 }} {{ - 5 }} {{ -(-5) }} {{ 2 - -2 }} {{ 2 ** 3 ** 2 }} {{ 1 - 2 - 3 }} {{ 2 * 3 % 4 }}
{{ 'abcdef'[::-1] }} {{ 'abcdef'[1:4] }} {{ 'abcdef'[-2:] }} {{ [1, 2, 3, 4][::-2] }} {{ [1, 2, 3][-1] }} {{ (1, 2, 3)[:2] }} {{ 'abc'[0] }}
{{ {'a': 1}.a }} {{ {'a': {'b': 2}}['a'].b }} {{ {'a': 1}['zz'] }}| {{ [1, 2].0 }} {{ [[1, 2], [3]][0][1] }} {{ [1][5] }}|
{{ 'a' + 1 }}
{{ [1] + (2,) }}
{{ 1 < 'a' }}
{{ none + 1 }}
{{ 1 / 0 }}
{{ 1 % 0 }}
{{ {}.nothing.more }}
{{ missing_name.attribute }}
{{ missing_name() }}
{{ missing_name + 1 }}
{{ 5() }}
{{ 'a'.b.c }}
{{ 'abc'['x'] }}|
{{ {[]: 1} }}
""",
    "tests": r"""
{{ 5 is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 1 is eq 1 }} {{ 2 is in [1, 2] }} {{ 3 is gt(2) }} {{ 3 is not lt 2 }}
{{ 1 is number }} {{ 'a' is string }} {{ [] is sequence }} {{ {} is mapping }} {{ 'a' is iterable }} {{ 1 is iterable }} {{ none is none }} {{ true is boolean }} {{ 1.5 is float }} {{ 1 is integer }} {{ true is number }} {{ true is integer }} {{ {} is sequence }}
{{ x is defined }} {{ x is undefined }} {{ x is not defined }} {{ none is defined }} {{ range is callable }} {{ 'a' is callable }} {{ 'A' is upper }} {{ 'a' is lower }}
{% set l = [1] %}{% set m = l %}{{ l is sameas m }} {{ [1] is sameas [1] }} {{ none is sameas none }} {{ 'a' is sameas 'a' }}
{{ 'upper' is filter }} {{ 'nothing' is filter }} {{ 'odd' is test }} {{ true is true }} {{ 1 is true }} {{ false is false }}
{{ 1 is nothing }}
{{ 'x' is odd }}
""",
    "strings": r"""
{{ ' a b '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a b c'.split(' ', 1) }}|{{ 'a b c'.rsplit(' ', 1) }}
{{ ','.join(['a', 'b']) }} {{ 'abc'.replace('b', 'X') }} {{ 'aaa'.replace('a', 'b', 2) }} {{ ''.join(('a', 'b')) }} {{ ','.join({'a': 1, 'b': 2}) }}
{{ 'abc'.startswith('a') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'Abc'.lower() }} {{ 'abc'.upper() }} {{ 'hello world'.title() }} {{ 'hELLO'.capitalize() }} {{ 'aBc'.swapcase() }}
{{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ 'a'.isalpha() }} {{ ''.isdigit() }} {{ 'A'.isupper() }} {{ ' '.isspace() }} {{ 'a'.islower() }} {{ 'a_1'.isidentifier() }}
{{ '5'.zfill(3) }} {{ '-5'.zfill(4) }} {{ 'a'.ljust(3) }}| {{ 'a'.rjust(3, '*') }} {{ 'ab'.center(5, '-') }} {{ 'a\tb'.expandtabs(4) }}
{{ 'hello'.find('l') }} {{ 'hello'.rfind('l') }} {{ 'hello'.index('e') }} {{ 'hello'.count('l') }} {{ 'hello'.find('z') }} {{ 'hello'.rindex('l') }}
{{ 'a-b-c'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ 'a\nb\nc'.splitlines() }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }}
{{ 'a{}b{}'.format(1, 'x') }} {{ '{0}{1}{0}'.format('a', 'b') }} {{ '{x}'.format(x=3) }} {{ '{!r}'.format('x') }} {{ '{:>5}|{:<5}|{:^5}|{:05d}|{:,}|{:.2f}'.format('a', 'b', 'c', 42, 1234567, 3.14159) }}
{{ 'abc'.index('z') }}
{{ ','.join([1, 2]) }}
{{ 'x'.nothing() }}
{{ 'x'.split('') }}
{{ '{}'.format() }}
{{ '%d' % 'x' }}
""",
    "mutation": r"""
{% set l = [] %}{% do l.append(1) %}{% do l.append('x') %}{{ l }}
{% set l = [3, 1, 2] %}{% do l.sort() %}{{ l }}{% do l.reverse() %}{{ l }}{{ l.sort(reverse=true) }}{{ l }}
{% set l = [1, 2] %}{% set m = l %}{% do m.append(3) %}{{ l }} {{ l is sameas m }}
{% set l = [1, 2, 3] %}{% do l.extend([4, 5]) %}{% do l.insert(0, 'z') %}{{ l.pop() }}{{ l.pop(0) }}{% do l.remove(2) %}{{ l }}{{ l.index(3) }}{{ l.count(1) }}
{% set d = {} %}{% do d.update({'a': 1}) %}{% do d.update(b=2) %}{% do d.setdefault('c', []).append(5) %}{{ d }}{{ d.pop('a') }}{{ d.pop('zz', 'default') }}{{ d }}
{% set d = {'a': 1} %}{% set e = d.copy() %}{% do e.update({'b': 2}) %}{{ d }}{{ e }}
{% set ns = namespace(x=0, l=[]) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% do ns.l.append(i) %}{% endfor %}{{ ns.x }} {{ ns.l }}
{% set l = 'a,b'.split(',') %}{% do l.append('c') %}{{ l }}{% set m = range(3) | list %}{% do m.append(9) %}{{ m }}
{% set l = [{'a': 1}] %}{% for x in l %}{% do x.update({'b': 2}) %}{% endfor %}{{ l }}
{% set a = [1, 2, 3] %}{% for x in a %}{% if x == 1 %}{% do a.append(4) %}{% endif %}{{ x }}{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 5 %}{% endif %}{{ x }}
{% set a, b = 1, [2] %}{{ a }}{{ b }}{% set x %}hello {{ 1 }}{% endset %}[{{ x }}]{% set y | upper %}abc{% endset %}{{ y }}
{% set d = dict(a=1, b=2) %}{{ d }}{{ dict([('k', 'v')]) }}{{ dict(d, c=3) }}{{ d.items() }}{{ d.keys() }}{{ d.values() }}
{% set s = set([1, 2, 2]) %}{{ s | length }}{% do s.add(5) %}{{ s | sort }}{{ 2 in s }}
{% set l = [1, 2, 3] %}{% set m = l[1:] %}{% do m.append(9) %}{{ l }}{{ m }}{% do l.clear() %}{{ l }}{{ l == [] }}
{% set l = [[]] * 2 %}{% do l[0].append(1) %}{{ l }}{% set t = ([],) %}{% do t[0].append(1) %}{{ t }}
{% set d = {'x': [1]} %}{% do d['x'].append(2) %}{% do d.x.append(3) %}{{ d }}{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}
{% do [1, 2].append(3), [].append(4) %}ok{% set _ = [].append(1) %}{{ _ }}
{% set l = [1] %}{% do l.append(l) %}{{ l }}
{{ [].pop() }}
{{ {}.pop('a') }}
{{ [1].remove(2) }}
{{ {}.nothing() }}
{% set x.y = 1 %}
{% set a, b = [1] %}
""",
    "filters": r"""
{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort }} {{ ['b', 'A'] | sort(case_sensitive=true) }} {{ [1, 2, 3] | sort(reverse=true) }} {{ [{'n': 2}, {'n': 1}] | sort(attribute='n') }}
{{ [{'n': 2}, {'n': 1}] | map(attribute='n') | list }} {{ ['a', 'b'] | map('upper') | join(',') }} {{ ['a ', ' b'] | map('trim') | list }} {{ ['a'] | map('replace', 'a', 'b') | list }}
{{ [1, 1, 2] | unique | list }} {{ ['a', 'A'] | unique | list }} {{ [1, 2, 3, 4] | batch(3) | list }} {{ [1, 2, 3] | batch(2, 'x') | list }} {{ [1, 2, 3, 4, 5] | slice(2) | list }}
{{ [1, 2, 3] | sum }} {{ [1, 2] | min }} {{ [1, 2] | max }} {{ [] | first }}| {{ [1, 2] | first }} {{ [1, 2] | last }} {{ [{'a': 1}] | sum(attribute='a') }}
{{ [1, 2, 3] | select('odd') | list }} {{ [1, 2, 3] | reject('odd') | list }} {{ [0, 1, ''] | select | list }} {{ [{'a': 1}, {'a': 0}] | selectattr('a') | list }}
{{ [{'a': 1}, {'a': 2}] | selectattr('a', 'equalto', 2) | list }} {{ [{'a': 1}, {'a': 2}] | rejectattr('a', 'eq', 2) | list }} {{ [{'a': 'x'}] | selectattr('a', 'in', ['x']) | list }}
{{ 'abc' | upper }} {{ 'ABC' | lower }} {{ 'hello world' | title }} {{ 'heLLo' | capitalize }} {{ '  x ' | trim }}| {{ 'abc' | replace('b', 'x') }} {{ 'abc' | length }} {{ 'abc' | reverse }} {{ [1, 2] | reverse | list }}
{{ '5' | int }} {{ 'x' | int }} {{ 'x' | int(9) }} {{ 3.7 | int }} {{ '2.5' | float }} {{ 2 | float }} {{ 'ff' | int(base=16) }} {{ none | int }} {{ true | int }}
{{ 2.567 | round(2) }} {{ 2.5 | round }} {{ 3 | round }} {{ 2.1 | round(0, 'ceil') }} {{ 2.15 | round(1) }} {{ 1234.5 | round(-2) }}
{{ x | default('d') }} {{ none | default('d') }} {{ '' | default('d', true) }} {{ x | d('q') }} {{ 0 | default(1, boolean=true) }}
{{ [1, 2] | join('-') }} {{ ['a', none] | join(',') }} {{ [{'a': 1}] | join(',', attribute='a') }} {{ 'abc' | join('.') }} {{ [] | join }}
{{ 'a\nb' | indent(2) }} {{ 'a\nb' | indent(2, true) }} {{ 'a b c' | wordcount }} {{ 'a very long text here' | truncate(10) }} {{ 'abc' | center(7) }}| {{ 'a b c d' | wordwrap(3) }}
{{ 5 | string + 'x' }} {{ 'a' | list }} {{ 1.0 | string }} {{ (1, 2) | list }} {{ {'a': 1} | list }} {{ none | string }} {{ '%s %s' | format('a', 1) }}
{% for g in [{'k': 'a', 'v': 1}, {'k': 'b', 'v': 2}, {'k': 'a', 'v': 3}] | groupby('k') %}{{ g[0] }}:{{ g[1] | length }};{{ g.grouper }}{{ g.list }}{% endfor %}
{{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(by='value') }} {{ {'a': 1} | items | list }} {{ {'a': 1, 'b': 2} | list }} {{ {'a': 1} | length }}
{{ {'a': 1, 'b': [none, true, 1.5, '<x>']} | tojson }} {{ {'b': 1, 'a': 2} | tojson }} {{ [1] | tojson(indent=2) }} {{ [1, 2] | pprint }}
{{ 'true' | as_bool }} {{ '1' | as_native }} {{ 1 | as_number }} {{ 'x' | as_text }} {{ [1] | is_list }} {{ 'a<b' | e }} {{ 'a' | attr('x') is defined }}
{{ [1, [2, 3]] | length }} {{ (1, 2) | count }} {{ -3 | abs }} {{ 1024 | filesizeformat }} {{ 'a b' | urlencode }} {{ '<b>x</b>' | striptags }} {{ [3] | random }}
{% filter upper %}abc {{ 'd' }}{% endfilter %}{% filter replace('a', 'b') | trim %} a {% endfilter %}
{{ 'x' | nothing }}
{{ 5 | length }}
{{ [1, none] | sort }}
{{ [1, 'a'] | sum }}
{{ 'x' | round }}
{{ [1] | map('nothing') | list }}
{{ [1] | batch }}
""",
    "statements": r"""
  {%- if true -%}  a  {%- endif %}  b{% if false %}c{% elif 0 %}d{% else %}e{% endif %}
a\n{% if true %}\nb\n{% endif %}\nc\n
{% for i in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.depth }}{{ ',' if not loop.last }}{% endfor %}
{% for i in [] %}x{% else %}empty{% endfor %}{% for i in missing_name %}x{% else %}empty{% endfor %}{% for i in {} %}{% else %}e{% endfor %}
{% for i in [1, 2, 3, 4] if i is even %}{{ i }}{{ loop.index }}{{ loop.last }}{% endfor %}{% for k in {'a': 1, 'b': 2} %}{{ k }}{% endfor %}
{% for i in range(3) %}{% for j in range(2) %}{{ loop.index }}{{ i }}{% endfor %}{% endfor %}{% for i in 'abc' %}{{ i }}.{% endfor %}
{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}{% for a, b in {'x': 1}.items() %}{{ a }}{{ b }}{% endfor %}
{% for i in [1, 2, 3] %}{{ loop.previtem }}{{ loop.nextitem }}|{{ loop.cycle('a', 'b') }}{{ loop.changed(i) }}{% endfor %}
{% if x: %}a{% elif true: %}b{% else %}c{% endif %}{% if 1, 2 %}t{% endif %}
{% raw %}{{ x }} {% if %}{% endraw %}|a {%- raw -%}  {{ x }}  {%- endraw -%}  b
{# comment {{ x }} #}a{#- c -#} b {#+ d +#} c
{% with a=1, b=2 %}{{ a + b }}{% endwith %}{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z is defined }}
{% set x = 5 %}{%- set y = x * 2 -%}\n\n{{ y }}\n\n
{{ range(5) | list }} {{ range(1, 10, 3) | list }} {{ range(5, 0, -2) | list }} {{ range(3) }} {{ range(3)[1] }} {{ 2 in range(3) }}
{% for n in [{'v': 1, 'c': [{'v': 2, 'c': []}]}] recursive %}{{ n.v }}{{ loop(n.c) }}{% endfor %}
{% for i in [1] %}{% set x = i %}{% endfor %}{{ x is defined }}{% block a %}in block{% endblock %}{% print 1, 2 %}
{{ cycler('a', 'b').next() }}{% set j = joiner(',') %}{{ j() }}{{ j() }}{% autoescape false %}{{ '<' }}{% endautoescape %}
{% for i in none %}{% endfor %}
{% for i in 5 %}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{% endfor %}
{% if missing_name.x %}{% endif %}
{{ 'a' }}\r\n{{ 'b\r\nc' | length }}\r\n
""",
    "context": r"""
{{ ref('a') }} {{ source('s', 't') }} {{ this }} {{ target.schema }} {{ target['name'] }} {{ var('x', 'd') }} {{ this.identifier }} {{ builtins.ref('m') }}
{{ adapter.quote('a') }} {{ modules.itertools.chain([1], [2]) | list }} {% set x = log('a', info=true) %}[{{ x }}]{{ context['target'].name }}
{{ tojson({'b': [1, 2], 'a': none}) }} {{ tojson({'b': 1, 'a': 2}, sort_keys=true) }} {{ fromjson('{"a": [1, null, true]}') }} {{ fromjson('x', 'd') }}
{{ zip([1, 2], ['a', 'b']) | list }} {{ zip([1, 2], ['a']) | list }} {{ set('abc') | sort }} {{ set(1, 'd') }} {{ config.get('x', 'y') }} {{ config(a=1) }}
{{ model.columns.values() | map(attribute='name') | list }} {{ model.config.materialized }} {{ model['columns']['id'].data_type }} {{ model.nothing is defined }}
{{ exceptions.raise_compiler_error('boom') }}
{{ exceptions.nothing('boom') }}
{{ target.nothing.more }}
{{ return('x') }}
{{ adapter.dispatch('nothing')() }}
""",
}

MACROS = """
{% macro give_list() %}{{ return([1, 2, 3]) }}{% endmacro %}
{% macro give_dict(a, b=2) %}{% do return({'a': a, 'b': b}) %}never{% endmacro %}
{% macro give_none() %}{% do return(none) %}{% endmacro %}
{% macro text(a, b='x', c=none) -%} [{{ a }}|{{ b }}|{{ c }}] {%- endmacro %}
{% macro late(a, b=a, c=[a]) %}{{ a }}{{ b }}{{ c }}{% endmacro %}
{% macro early(x) %}{% if x %}{{ return('early') }}{% endif %}late{% endmacro %}
{% macro rest() %}{{ varargs }}{{ kwargs }}{% endmacro %}
{% macro factorial(n) %}{% if n <= 1 %}{{ return(1) }}{% endif %}{{ return(n * factorial(n - 1)) }}{% endmacro %}
{% macro wrap(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}
{% macro each(items) %}{% for x in items %}{{ caller(x, loop.index) }};{% endfor %}{% endmacro %}
{% macro mutate(l) %}{% do l.append('m') %}{% endmacro %}
{% macro statement(name=none) %}{% set c = caller() %}<<{{ name }}:{{ c | trim }}>>{% endmacro %}
{% macro search(l) %}{% for x in l %}{% if x == 2 %}{{ return('found ' ~ x) }}{% endif %}{% endfor %}{{ return('nothing') }}{% endmacro %}
{% macro default__dispatched(a) %}default {{ a }}{% endmacro %}
{% macro dispatched(a) %}{{ return(adapter.dispatch('dispatched', 'root')(a)) }}{% endmacro %}
{% macro optional(a) %}{{ a is defined }}{{ a }}{% endmacro %}
{% macro nested() %}{% call wrap('o') %}{% call wrap('i') %}x{% endcall %}{% endcall %}{% endmacro %}
{% macro pass_on() %}{{ caller(*varargs) }}{% endmacro %}
{% macro relay(a) %}{% call wrap('r') %}{{ caller() }}{{ a }}{% endcall %}{% endmacro %}
{% macro looks_around() %}{{ context['text']('q') }}{{ outer is defined }}{% endmacro %}
{% macro typed(a: str, b: List[int] = none) %}{{ a }}{{ b }}{% endmacro %}
{% macro leave() %}{% call wrap('z') %}{{ return('from call') }}{% endcall %}after{% endmacro %}
{% macro set_block() %}{% set q %}select {{ text(1) }}{% endset %}{{ return(q) }}{% endmacro %}
{% macro forever() %}{{ forever() }}{% endmacro %}
{% macro fails(x) %}{{ x.y.z }}{% endmacro %}
{% macro fails_outside(x) %}{{ fails(x) }}{% endmacro %}
{% macro closure(l) %}{% set y = 'y' %}{% for x in l %}{% call wrap(x) %}{{ x }}{{ y }}{{ loop.index }}{{ l }}{% endcall %}{% endfor %}{% endmacro %}
{% test positive(model, column_name) %}select * from {{ model }} where {{ column_name }} < 0{% endtest %}
{% materialization mine, default %}{{ return('made') }}{% endmaterialization %}
{% macro white_space() %}
  a
{%- if true %}
  b
{% endif -%}
  c
{% endmacro %}
"""

WITH_MACROS = r"""
{{ give_list() }} {{ give_list()[1] }} {% for x in give_list() %}{{ x }}{% endfor %} {{ give_list() + [4] }} {{ give_list() | join('-') }}
{{ give_dict(1).b }} {{ give_dict(a=5, b=6) }} {{ give_dict(1, b=none) }} {{ give_dict(1).items() | list }}
{{ give_none() is none }} {{ give_none() }} {{ [give_none()] }} {{ [text(1), early(true)] }} {{ early(true) ~ 'x' }} {{ factorial(3) + 1 }}
{{ text(1) }}{{ text(1, 2) }}{{ text(1, c=3) }}{{ text(a=1) }}{{ text() }}{{ late(1) }}{{ late(1, 2) }}{{ early(true) }}{{ early(false) }}
{{ rest(1, 2, k=3) }}{{ rest() }}{{ factorial(10) }}{{ factorial(25) }}{% call rest(1) %}x{% endcall %}
{% call wrap('b') %}hi {{ 1 + 1 }}{% endcall %}{% call(x, i) each([5, 6]) %}{{ x }}-{{ i }}{% endcall %}
{% set l = [] %}{% do mutate(l) %}{{ mutate(l) }}{{ l }}{% call statement('main') %} select 1 {% endcall %}
{{ search([1, 2, 3]) }}{{ search([]) }}{{ dispatched(3) }}{{ adapter.dispatch('dispatched', 'root')(4) }}{{ nested() }}{{ set_block() }}
{{ root.give_list() }} {{ context['text'](9) }} {{ context.text(8) }} {{ root['text'](7) }} {{ 'text' in root }} {{ root.get('text')(6) }}
{{ optional() }}{{ optional(1) }}{% call(a, b) pass_on(1, 2) %}{{ a }}{{ b }}{% endcall %}{% set outer = 1 %}{{ looks_around() }}
{{ typed('x') }}{{ typed('x', [1]) }}{{ leave() }}{{ closure([1, 2]) }}[{{ white_space() }}]
{% set y = 5 %}{% call wrap('v') %}{{ y }}{% set y = 6 %}{{ y }}{% endcall %}{{ y }}{% for i in [1, 2] %}{% call wrap('v') %}{{ i }}{{ loop.index }}{% endcall %}{% endfor %}
{{ text(*[1, 2]) }}{{ text(**{'a': 1, 'b': 2}) }}{{ text(1, *[2], c=3) }}{% set f = text %}{{ f('via') }}{% set d = {'k': text} %}{{ d['k'](1) }}{{ d.k(2) }}
{% call wrap('q') %}{% for x in give_list() %}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}{% endcall %}{{ text(give_list(), give_dict(1)) }}
{% macro local(a) %}L{{ a }}{% endmacro %}{{ dbt_macro__local(1) }}{{ test_positive('m', 'c') }}{{ materialization_mine_default() }}
{{ ['a', 'b'] | map('upper') | map('lower') | list }}{% set r = early(false) %}[{{ r }}]{{ r is string }}{{ text.nothing is defined }}
{% set outside = [] %}{% call(x, i) each([1, 2]) %}{% do outside.append(x) %}{% endcall %}{{ outside }}
{{ text(1, 2, 3, 4) }}
{{ text(1, zz=2) }}
{{ text(1, a=2) }}
{% call relay('A') %}body{% endcall %}
{% call text(1) %}x{% endcall %}
{{ forever() }}
{{ wrap('nothing') }}
{{ nothing(1) }}
{{ root.nothing(1) }}
{{ fails({}) }}
{{ fails_outside({'y': none}) }}
{{ local(1) }}
{% call(x) wrap('a') %}{{ x.y }}{% endcall %}
"""

WHILE_PARSING = r"""
{{ foo }}|{{ foo.bar }}|{{ foo.bar.baz() }}|{{ foo() }}|{{ foo['x'] }}|{{ foo.bar(1, b=2).baz[3] }}
{% for x in foo.bar() %}x{% endfor %}|{% if foo %}a{% endif %}|{{ foo | length }}|{{ foo is defined }}|{{ foo.bar is defined }}
{{ config(materialized='table') }}select * from {{ ref('a') }} join {{ source('s', 't') }}
{{ nothing_package.macro(1, b=2) }} x {{ {'a': 1}.b.c }} {{ 'a'.nothing.more }} {{ [1][7].more }}
{% set q = run_query('x') %}{{ q }}{% if q %}{{ q.columns[0] }}{% endif %}{{ q.nothing }}
{{ foo.append(1) }}{% do foo.bar %}{{ foo | join(',') }}{{ foo ~ 'x' }}{{ foo == 1 }}
{{ foo + 1 }}
{{ fails(foo) }}
{{ wrap('a') }}
{% call wrap('a') %}{{ foo.bar() }}{% endcall %}
"""

SYNTAX_ERRORS = r"""
{{ }}
{{ 1 + }}
{{ a b }}
{{ foo(
{{ [1, 2 }}
{{ a. }}
{{ a | }}
{{ 1 is }}
{{ f(a=1, 2) }}
{{ f(**a, b) }}
{{ {1: 2 }}
{{ {1, 2} }}
{{ 'abc }}
{{ a ? b }}
{{ 007 }}
{{ $x }}
{% if %}
{% if x %}
{% if x %}{% endfor %}
{% for x y %}{% endfor %}
{% for x in y %}
{% for 1 in y %}{% endfor %}
{% set 1 = 2 %}
{% set x %}
{% set x = %}
{% unknown %}
{% endif %}
{% %}
{% call a %}{% endcall %}
{% macro a(b=1, c) %}{% endmacro %}
{% macro a %}{% endmacro %}
{% materialization a, b=1 %}{% endmaterialization %}
{% filter %}{% endfilter %}
{% with a %}{% endwith %}
{% break %}
{% do %}
{# never closed
{% raw %} never closed
{{ a[1:2:3:4] }}
{{ 1 is odd is even }}
{% include 'a' %}
"""


def unescaped(text):
    for line in text.strip("\n").split("\n"):
        yield "".join(part if inside else part.replace("\\r\\n", "\r\n").replace("\\n", "\n") for part, inside in parts(line))


def parts(line):
    """The line in pieces, each with whether it is inside a tag: there `\\n` is an escape of Jinja itself."""
    position = 0
    while position < len(line):
        start = min((found for found in (line.find("{{", position), line.find("{%", position)) if found >= 0), default=len(line))
        yield line[position:start], False
        end = min((found + 2 for found in (line.find("}}", start), line.find("%}", start)) if found >= 0), default=len(line))
        yield line[start:end], True
        position = max(end, start + 1)


class Expressions:
    """Random expressions. Weights favour what is valid; what is not is compared as an error."""

    ATOMS = [
        "0", "1", "2", "7", "-3", "1.5", "0.1", "-2.5", "10000000000", "''", "'a'", "'abc'", "'a b'", "' Ab '", "'1'", "'2.50'", "true",
        "false", "none", "[]", "[1, 2, 3]", "['b', 'a']", "[3, 1, 2, 1]", "{}", "{'a': 1}", "{'b': 'x', 'a': [1]}", "(1, 2)", "()",
        "[[1, 'x'], [2, 'y']]", "[{'k': 1, 'v': 'a'}, {'k': 2, 'v': 'b'}]", "range(4)", "numbers", "words", "record", "nothing", "'%s'", "'{}'",
    ]
    BINARY = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
    FILTERS = [
        "abs", "capitalize", "default('d')", "default('d', true)", "first", "float", "int", "join", "join('-')", "last", "length", "list",
        "lower", "max", "min", "reverse|list", "round", "round(1)", "sort", "string", "sum", "title", "trim", "unique|list", "upper",
        "replace('a', 'z')", "tojson", "map('string')|list", "map(attribute='k')|list", "select|list", "reject('none')|list", "batch(2)|list",
        "dictsort", "items|list", "select('odd')|list", "selectattr('k')|list", "indent(2)", "truncate(4)", "wordcount", "groupby('k')|list",
        "center(9)", "sort(reverse=true)", "slice(2)|list", "e", "as_native", "is_list", "count", "urlencode", "format(1)", "attr('a')",
    ]
    TESTS = [
        "defined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "odd", "even", "true",
        "divisibleby(2)", "in [1, 2, 'a']", "eq(1)", "ne 2", "lt(3)", "ge(1)", "callable", "lower", "upper", "sameas(none)", "undefined",
    ]
    METHODS = [
        "upper()", "lower()", "strip()", "split()", "split('b')", "replace('a', 'bb')", "startswith('a')", "join(['x', 'y'])", "items()|list",
        "keys()|list", "values()|list", "get('a')", "get('zz', 0)", "index(1)", "count(1)", "count('a')", "copy()", "title()", "zfill(5)",
        "isdigit()", "find('b')", "partition('b')", "format(1)", "splitlines()", "endswith('c')", "capitalize()", "center(6)", "rstrip('c')",
        "append(9)", "pop()", "update({'z': 1})", "a", "k", "nothing", "setdefault('q', 1)", "sort()", "insert(0, 1)", "extend([8])",
    ]
    SUBSCRIPTS = ["[0]", "[-1]", "[1:]", "[:2]", "[::-1]", "['a']", "[5]", "[0][0]", "[::2]", "[-2:]", "[none:1]"]

    def __init__(self, seed):
        self.draw = random.Random(seed)

    def expression(self, depth):
        draw = self.draw
        if depth <= 0:
            return draw.choice(self.ATOMS)
        inner = lambda: self.expression(depth - draw.randint(1, 2))
        kind = draw.random()
        if kind < 0.30:
            return f"({inner()} {draw.choice(self.BINARY)} {inner()})"
        if kind < 0.50:
            return f"({inner()})|{draw.choice(self.FILTERS)}"
        if kind < 0.65:
            return f"({inner()}).{draw.choice(self.METHODS)}"
        if kind < 0.75:
            return f"({inner()}){draw.choice(self.SUBSCRIPTS)}"
        if kind < 0.83:
            return f"(({inner()}) is {draw.choice(['', 'not '])}{draw.choice(self.TESTS)})"
        if kind < 0.90:
            return f"({inner()} if {inner()} else {inner()})"
        if kind < 0.95:
            return f"[{inner()}, {inner()}]"
        return draw.choice(["not ", "-", ""]) + f"({inner()})"

    def template(self):
        first, second = self.expression(self.draw.randint(1, 3)), self.expression(self.draw.randint(0, 2))
        shape = self.draw.random()
        if shape < 0.75:
            return f"{{{{ {first} }}}}"
        if shape < 0.85:
            return f"{{% for x in {first} %}}{{{{ x }}}}{{{{ loop.index }}}},{{% else %}}none{{% endfor %}}"
        if shape < 0.95:
            return f"{{% set x = {first} %}}{{{{ x }}}}|{{{{ {second} }}}}|{{{{ x }}}}"
        return f"{{% if {first} %}}{{{{ {second} }}}}{{% else %}}no{{% endif %}}"


def cases():
    found = [{"text": text} for section in WRITTEN.values() for text in unescaped(section)]
    found += [{"text": text, "macros": MACROS} for text in unescaped(WITH_MACROS)]
    found += [{"text": text, "macros": MACROS, "parse": True} for text in unescaped(WHILE_PARSING)]
    found += [{"text": text} for text in unescaped(SYNTAX_ERRORS)]
    expressions = Expressions(SEED)
    variables = {"numbers": [4, 5, 6], "words": ["x", "yy"], "record": {"a": {"k": 1}, "k": "v", "z": None}}
    found += [{"text": expressions.template(), "variables": variables} for _ in range(RANDOM_EXPRESSIONS)]
    return found
