{% if execute -%}
{%- do run_query('select 1') -%}
{%- set rel = api.Relation.create(database='warehouse', schema='main', identifier='t', type='table') -%}
{%- set other = rel.incorporate(path={'identifier': 's'}) -%}
{%- set cols = [api.Column('a', 'integer'), api.Column('b', 'varchar')] -%}
-- case names
{{ generate_schema_name('x ') }} {{ generate_schema_name(none) }} {{ generate_schema_name_for_env('x', none) }}
{{ generate_alias_name('x ', none) }} {{ generate_alias_name(none, {'name': 'n', 'version': '1.2'}) }}
{{ generate_alias_name(none, {'name': 'n', 'version': none}) }} {{ generate_database_name('d') }}
{{ generate_database_name() }} {{ generate_latest_version_pointer_alias(none, {'name': 'n'}) }}
-- case relations
{{ make_intermediate_relation(rel) }} {{ make_backup_relation(rel, 'view') }} {{ make_backup_relation(rel, 'view').type }}
{{ default__make_temp_relation(rel, '__x') }}
-- case dates
{{ dates_in_range('20240227', '20240301') }} {{ dates_in_range('20240227') }} {{ partition_range('20240101,20240103') }}
{{ partition_range(20240101) }} {{ dates_in_range('20240101', '20240102', out_fmt='%d.%m.%Y') }} {{ convert_datetime('20240101', '%Y%m%d') }}
-- case hooks
{{ before_begin('a') }} {{ in_transaction('b') }} {{ after_commit('c') }}
-- case sql
{{ get_limit_subquery_sql('select 1', 5) }} {{ get_limit_subquery_sql('select 1', none) }} {{ get_show_sql('select 1', 'set x', 2) }}
{{ get_test_sql('select 1', 'count(*)', '> 1', '!= 0', none) }} {{ get_test_sql('select 1', 'count(*)', '> 1', '!= 0', 3) }}
{{ get_empty_subquery_sql('select 1') }} {{ default__get_empty_subquery_sql('select 1', 'set y') }}
{{ get_empty_schema_sql({'a': {'name': 'a', 'data_type': 'int'}, 'b': {'name': 'b', 'data_type': 'text', 'quote': true}}) }}
-- case unit tests
{{ get_unit_test_sql('select 1 as a', 'select 2 as a', ['"a"']) }}
{{ get_expected_sql([{'A': 1, 'b': "it's"}, {'a': none}], {'a': 'integer', 'b': 'character varying(2)'}, {'a': '"a"', 'b': '"B"'}) }}
{{ get_expected_sql([], {}, {}) }}
-- case ddl
{{ get_drop_sql(rel) }} {{ get_drop_sql(rel.incorporate(type='view')) }} {{ get_drop_backup_sql(rel) }}
{{ get_create_sql(rel, 'select 1') }} {{ get_create_intermediate_sql(rel.incorporate(type='view'), 'select 1') }}
{{ default__create_table_as(True, rel, 'select 1') }} {{ default__create_view_as(rel, 'select 1') }}
{{ duckdb__create_table_as(True, rel, 'select 1') }} {{ duckdb__create_view_as(rel, 'select 1') }}
{{ information_schema_name('d') }} {{ information_schema_name(none) }}
-- case grants
{{ get_grant_sql(rel, 'select', ['a', 'b']) }} {{ get_revoke_sql(rel, 'select', ['a', 'b']) }} {{ get_show_grant_sql(rel) }}
{{ get_dcl_statement_list(rel, {'select': ['a', 'b'], 'insert': []}, get_grant_sql) }}
{{ should_revoke(none) }} {{ should_revoke(rel) }} {{ should_revoke(rel, false) }} {{ copy_grants() }}
-- case columns
{{ get_quoted_csv(['a', 'B c']) }} {{ diff_columns(cols, [api.Column('a', 'text')]) | map(attribute='name') | list }}
{{ diff_column_data_types(cols, [api.Column('a', 'text'), api.Column('b', 'varchar')]) }} {{ get_list_of_column_names(cols) }}
{{ get_merge_update_columns([], ['A'], cols) }} {{ get_merge_update_columns(['x'], none, cols) }} {{ get_merge_update_columns(none, none, cols) }}
-- case strategies
{{ get_insert_into_sql(rel, other, cols) }} {{ default__get_merge_sql(rel, other, 'a', cols, ['x = 1']) }}
{{ default__get_merge_sql(rel, other, none, cols) }} {{ get_insert_overwrite_merge_sql(rel, other, cols, ['p']) }}
{{ default__get_delete_insert_merge_sql(rel, other, ['a', 'b'], cols, ['p', 'q']) }} {{ default__get_delete_insert_merge_sql(rel, other, none, cols, none) }}
{{ get_delete_insert_merge_sql(rel, other, 'a', cols, ['p']) }} {{ get_delete_insert_merge_sql(rel, other, none, cols, none) }}
-- case snapshots
{{ snapshot_hash_arguments(['a', 'b']) }} {{ unique_key_fields('a') }} {{ unique_key_fields(['a', 'b']) }}
{{ unique_key_join_on(['a', 'b'], 'x', 'y') }} {{ unique_key_join_on('a', 'x', 'y') }} {{ unique_key_is_null(['a'], 'x') }} {{ unique_key_is_not_null('a', 'x') }}
{{ get_dbt_valid_to_current({'updated_at': 'u'}, get_snapshot_table_column_names()) }}
-- case seeds
{{ get_csv_sql('create', 'insert') }} {{ get_binding_char() }} {{ get_batch_size() }} {{ get_seed_column_quoted_csv({'config': {}}, ['a', 'B']) }}
-- case duckdb
{{ duckdb_escape_comment("it's $$ x") }} {{ duckdb__merge_join_clause(['a', 'b'], [], ['p']) }} {{ duckdb__merge_join_clause(none, ['a'], ['p', 'q']) }}
{{ duckdb__merge_join_clause('a', [], none) }} {{ duckdb__merge_join_clause(none, [], []) }}
{{ normalize_string_or_list('a', 'f') }} {{ normalize_string_or_list(['a', 'b'], 'f') }} {{ normalize_string_or_list(none, 'f') }}
{{ flight_name({'package_name': 'p', 'schema': 's', 'name': 'n'}) }} {{ external_location(rel, {'format': 'csv'}) }} {{ external_location(rel, {'options': {'partition_by': 'a'}}) }}
{{ render_write_options({'options': {'a': '1'}, 'format': 'csv'}) }}
-- case tests
{{ default__test_unique(rel, 'a') }} {{ default__test_not_null(rel, 'a') }} {{ get_where_subquery(rel) }}
{%- endif %}
