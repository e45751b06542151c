select jar, '{{ var("shelf") }}' as shelf, {{ pantry.label("'jar'") }} as label
from range(1, {{ var('jars') }} + 1) as numbers(jar)
