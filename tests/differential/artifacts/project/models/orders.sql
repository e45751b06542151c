select e.id from {{ ref('eph') }} e join {{ source('raw', 'ext') }} s on true
