r"""
Programs: what a network computes, as data

====================  ==================================================================
``instructions``      instructions, and programs made of them
``builder``           writing a program
``tracer``            a function of arrays becomes a program
``trace``             the arrays of a function that is traced
``numpy_functions``   NumPy's functions on traced arrays, a row each
``numpy_products``    its products of traced arrays
``constants``         numbers of all kinds as exact fractions
``gates``             the controls that ReLUs and their kin are read with
``signs``             what is known of the signs of arrays, by how they are made
``derivatives``       gradients and tangents, one rule a primitive
``batching``          a program for many samples or directions at once
``bounds``            degrees and heights of what a program computes
``listing``           a program as text
====================  ==================================================================
"""
