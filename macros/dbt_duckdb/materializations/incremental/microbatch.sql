{#- microbatch: the rows of one period are deleted and inserted anew, by event_time. -#}

{% macro duckdb__get_incremental_microbatch_sql(arg_dict) -%}
  {%- set event_time = config.get('event_time') -%}
  {%- if not event_time -%}
    {{ exceptions.raise_compiler_error("microbatch incremental strategy requires an 'event_time' model config") }}
  {%- endif -%}
  {#- a key would suggest that rows of other periods are updated -#}
  {%- if config.get('unique_key') -%}
    {{ exceptions.raise_compiler_error("microbatch incremental strategy does not support 'unique_key'. Microbatch runs delete+insert per batch based on 'event_time' and does not do key-based upserts. Remove 'unique_key' or use incremental_strategy='merge'.") }}
  {%- endif -%}
  {%- set batch = model.get('batch') or {} -%}
  {%- set batch_start = batch.get('event_time_start') -%}
  {%- set batch_end = batch.get('event_time_end') -%}
  {%- if not batch_start or not batch_end -%}
    {{ exceptions.raise_compiler_error("microbatch incremental strategy requires 'batch.event_time_start' and 'batch.event_time_end' to be set in the context") }}
  {%- endif -%}

  {#- in UTC both -#}
  {%- set in_batch = event_time ~ " >= '" ~ batch_start ~ "' and " ~ event_time ~ " < '" ~ batch_end ~ "'" -%}
  {%- set deleted = [in_batch] -%}
  {%- for predicate in normalize_incremental_predicates(arg_dict.get('incremental_predicates')) -%}
    {%- do deleted.append('(' ~ predicate ~ ')') -%}
  {%- endfor -%}
  {%- set column_list = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}

  {%- set build_sql -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ deleted | join('\n      and ') }};

    insert into {{ arg_dict['target_relation'] }} ({{ column_list }})
    select {{ column_list }}
    from {{ arg_dict['temp_relation'] }}
    where {{ in_batch }};
  {%- endset -%}
  {{ return(build_sql) }}
{%- endmacro %}
