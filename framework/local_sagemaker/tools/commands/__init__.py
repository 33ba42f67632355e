"""The verbs of the command ``pipelines``: a module each, found by listing this folder; a project
adds its own by the entry point ``local_sagemaker.commands``.

The module's docstring is the verb's help. It defines

    EXAMPLES                             lines for the help
    def add_arguments(parser)            what it takes beside --local, --region and --format
    def run(arguments, target)           -> the result as JSON can hold it, or None where it has printed all itself
    def text(result)                     -> the same for a person, as rich prints it; not where run gives None
    def exit_code(result)                optional; 0 without it

A verb that looks at definitions alone has instead of ``text``

    FORMATS                              name -> function that makes text of the result; the first one where it is piped
    def run(arguments)                   -> the result

and neither boto3 nor rich is loaded for it.
None of them imports the SageMaker SDK, which takes seconds to load.
"""
