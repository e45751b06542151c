select jar, label from {{ ref('pantry', 'jars') }}
