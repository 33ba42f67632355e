"""Each module of this folder defines a subcommand of ``pipelines``; the folder is listed to find them.

A project adds its own by the entry point ``local_sagemaker.commands``.

The module's docstring is the subcommand's help. It defines

    EXAMPLES                             lines for the help
    def add_arguments(parser)            adds its arguments, besides --local, --region and --format
    def run(arguments, target)           -> the result, as JSON can represent it; or None if it has printed everything
    def text(result)                     -> the result as rich prints it; not called if run returns None
    def exit_code(result)                optional; 0 without it

A subcommand that only needs definitions has, instead of ``text``,

    FORMATS                              name -> function that formats the result as text; the first is used in a pipe
    def run(arguments)                   -> the result

and neither boto3 nor rich is loaded for it. No subcommand imports the SageMaker SDK, which takes seconds to load.
"""
